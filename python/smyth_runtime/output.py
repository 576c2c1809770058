"""Standard output and error of an environment: written through, so that nothing is lost when it dies."""

from __future__ import annotations

import faulthandler
import io
import select
import sys


class _Whole(io.FileIO):
    """A descriptor without a buffer; what is written to it is written whole."""

    def write(self, data) -> int:  # type: ignore[no-untyped-def, override]
        size = len(data)
        written = super().write(data)
        if written != size:
            rest = memoryview(data)[written or 0:]
            while rest:  # A signal handler ran in between, or the pipe does not block.
                written = super().write(rest)
                if written is None:
                    select.select([], [self], [])
                rest = rest[written or 0:]
        return size

    def seekable(self) -> bool:
        return False  # The zygote's own may be a file; an environment's is a pipe.


def _stream(fd: int) -> io.TextIOWrapper:
    # No text may fail: what UTF-8 cannot carry (lone surrogates) is written escaped.
    stream = io.TextIOWrapper(
        _Whole(fd, "w", closefd=False), "utf-8", "backslashreplace", newline="\n",  # type: ignore[arg-type]
        write_through=True)
    stream.mode = "w"  # type: ignore[misc]
    return stream


def write_through() -> None:
    """Makes sys.stdout and sys.stderr such streams. Done before the fork."""
    sys.stdout = sys.__stdout__ = _stream(1)  # type: ignore[misc]
    sys.stderr = sys.__stderr__ = _stream(2)  # type: ignore[misc]
    faulthandler.enable(2)  # A segfault says where.


class Output:
    """The streams of this environment, whatever the handler does to `sys.stdout`."""

    def __init__(self) -> None:
        self._stdout, self._stderr = sys.stdout, sys.stderr

    def flush(self) -> None:
        """Writes what streams that a handler has put in place still hold."""
        try:
            if sys.stdout is not self._stdout:
                _flush(sys.stdout)
            if sys.stderr is not self._stderr:
                _flush(sys.stderr)
        except AttributeError:
            pass  # It has removed them.

    def report(self, text: str) -> None:
        """Writes a message of ours, in one piece."""
        self.flush()
        try:
            self._stderr.write(text)
        except (OSError, ValueError):
            pass  # The handler has closed it.


def _flush(stream) -> None:  # type: ignore[no-untyped-def]
    try:
        stream.flush()
    except Exception:
        pass  # None, closed, broken, or no stream at all: the handler's own matter.
