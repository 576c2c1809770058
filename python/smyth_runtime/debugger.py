"""`breakpoint()` and pdb in a handler, on the terminal that the server was started from.

The server is asked for the terminal and stops the clock; this process group then has it in the
foreground until the user continues or quits, or the invocation ends. Only while a prompt is shown are
descriptors 0 to 2 the terminal: what the handler prints goes where it always goes.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from typing import Any, Callable

from smyth_runtime import frames
from smyth_runtime.output import Output
from smyth_runtime.pdb_finder import PdbFinder


class Debugger:
    """What stands behind `breakpoint()`, `pdb.set_trace()` and `pdb.post_mortem()` once it is installed;
    `finish` ends what they began with the invocation."""

    def __init__(self, socket: frames.FrameSocket, output: Output,
                 on_pause: Callable[[float], None]) -> None:
        self._socket = socket
        self._output = output
        self._on_pause = on_pause  # Told how long the clock stood.
        self._terminal: Any = None
        self._interrupt: Any = None
        self._paused_at = 0.0
        self._asked_by = ""
        self.session: Any = None  # A Pdb that traces.

    def install(self) -> None:
        sys.breakpointhook = self._breakpoint
        sys.meta_path.insert(0, PdbFinder(self._replace))  # type: ignore[arg-type]

    def _replace(self, pdb: Any) -> None:
        pdb.set_trace, pdb.post_mortem = self._set_trace, self._post_mortem  # pm() calls the latter.

    def _breakpoint(self, *arguments: Any, **options: Any) -> Any:
        if os.environ.get("PYTHONBREAKPOINT", "pdb.set_trace") not in ("", "pdb.set_trace"):
            return sys.__breakpointhook__(*arguments, **options)
        return self._trace("breakpoint()", sys._getframe(1), *arguments, **options)

    def _set_trace(self, **options: Any) -> None:
        self._trace("pdb.set_trace()", sys._getframe(1), **options)

    def _trace(self, asked_by: str, frame: Any, *, header: str | None = None,
               commands: list[str] | None = None) -> None:
        if not self._may_ask(asked_by) or not self.take():
            return
        if self.session is None:
            from smyth_runtime.debugger_session import Session

            self.session = Session(self)
        self.session.begin(header, commands)
        self.session.set_trace(frame)

    def _post_mortem(self, t: Any = None) -> None:
        what = sys.exc_info()[2] if t is None else t
        if what is None or (isinstance(what, BaseException) and what.__traceback__ is None):
            raise ValueError("A valid traceback must be passed if no exception is being handled")
        if not self._may_ask("pdb.post_mortem()") or not self.take():
            return
        from smyth_runtime.debugger_session import Session

        session = Session(self)
        session.reset()
        session.interaction(None, what)
        self.give_back()  # By whatever word it was left.

    def _may_ask(self, asked_by: str) -> bool:
        self._asked_by = asked_by
        if threading.current_thread() is threading.main_thread() and self._socket.fd >= 0:
            return True
        self._report("it works in the handler's own thread and process alone")
        return False

    def _report(self, why: str) -> None:
        self._output.report(f"[ERROR] {self._asked_by} goes on: {why}\n")

    def take(self) -> bool:
        """Whether this process has the terminal."""
        if self._terminal is not None:
            return True
        self._output.flush()
        self._paused_at = time.time()
        self._socket.send(frames.pack(frames.PAUSE))
        answer = self._socket.receive()
        if answer[5] != frames.RESUME or answer[8:] != b"1":
            self._refused("the server has no terminal to give")
            return False
        try:
            from smyth_runtime.terminal import Terminal

            self._terminal = Terminal()
        except (ImportError, OSError) as error:
            self._socket.send(frames.pack(frames.PROCEED))
            self._refused(f"the terminal cannot be used: {error}")
            return False
        self._interrupt = signal.signal(signal.SIGINT, self._interrupted)
        return True

    def _refused(self, why: str) -> None:
        self._on_pause(time.time() - self._paused_at)
        self._report(why)

    def _interrupted(self, _number: int, frame: Any) -> None:
        """Ctrl-C while the handler runs with the terminal: stops it at its next line."""
        if self.session is not None:
            self.session.set_trace(frame)

    def prompt(self, interact: Callable[[], None]) -> bool:
        """Runs a prompt, if there is a terminal for it."""
        if not self.take():
            return False
        running = signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            with self._terminal:
                interact()
        finally:
            signal.signal(signal.SIGINT, running)
        return True

    def give_back(self) -> None:
        """The handler goes on by itself."""
        if self._terminal is None:
            return
        self._terminal.give_back()
        self._terminal = None
        signal.signal(signal.SIGINT, self._interrupt)
        self._socket.send(frames.pack(frames.PROCEED))
        self._on_pause(time.time() - self._paused_at)

    def finish(self) -> None:
        """The invocation has ended: so does what is left of the session."""
        sys.settrace(None)
        self.session = None
        if self._socket.fd >= 0:
            self.give_back()
