"""The hooks process: the user's own event functions, context functions and strategies.

One for the server, started at the first call. The main thread only reads frames and never runs the
user's code, so that nothing a hook does keeps another from being started:

    frames -> Prepare    -> thread or event loop -> `prepared`
           -> Strategies -> a thread each        -> `chosen`
"""

import json
import os
import resource
import signal
import struct
import sys
from typing import Any, Dict, Optional

from smyth_runtime.hook_channel import Channel, split_text, text
from smyth_runtime.hook_error import describe
from smyth_runtime.project_modules import LoadedModules, roots_of, watch_project
from smyth_runtime.hook_prepare import Prepare, Runner
from smyth_runtime.hook_strategy import Strategies

WATCH_EVERY = 0.25  # Seconds between looks at the event loops while something waits for them.


class Hooks:
    """Serves the server's frames until it closes the socket."""

    def __init__(self, channel: Channel, loaded: LoadedModules) -> None:
        self._channel = channel
        self._loaded = loaded
        self._runner = Runner()
        self._strategies = Strategies(self._runner.paths)

    def serve(self) -> None:
        is_waiting = False
        while True:
            if self._channel.wait(WATCH_EVERY if is_waiting else None):
                frame = self._channel.read()
                if frame is None:
                    return
                self._take(*frame)
            is_waiting = self._runner.loops.watch()

    def _take(self, kind: str, body: bytes) -> None:
        if kind == "A":
            self._channel.send("A")
            return
        encoded, rest = split_text(body)
        head = json.loads(encoded)
        if kind == "H":
            self._prepare(head, rest)
        elif kind == "G":
            self._choose(head)

    def _prepare(self, head: Dict[str, Any], body: bytes) -> None:
        def done(error: Optional[BaseException], event: str, context: str) -> None:
            self._answer("h", head, error, {}, text(event), text(context))

        try:
            call = Prepare(self._runner, head, body, done)
        except Exception as error:  # A request that cannot be read fails alone.
            done(error, "", "")
            return
        call.advance()

    def _choose(self, head: Dict[str, Any]) -> None:
        def done(error: Optional[BaseException], slot: int) -> None:
            self._answer("g", head, error, {} if error else {"slot": slot})

        self._strategies.choose(head, done)

    def _answer(self, kind: str, head: Dict[str, Any], error: Optional[BaseException],
                more: Dict[str, Any], *texts: bytes) -> None:
        answer = {"id": head["id"], "ok": error is None, **more}
        if error is not None:
            answer["error"] = describe(error).encode("utf-8", "backslashreplace").decode()
        _flush()  # What the hook wrote stands before what it caused.
        self._channel.send(kind, text(json.dumps(answer)), *texts, text(self._loaded.drain()))


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError, AttributeError):
            pass  # A hook may have closed or replaced it.


def _no_breakpoint(*_arguments: Any, **_options: Any) -> None:
    print("breakpoint() is ignored in a hook: it has no terminal; it works in handlers",
          file=sys.stderr, flush=True)


def _prepare_process(start: Dict[str, Any], loaded: LoadedModules) -> None:
    os.environ.clear()
    os.environ.update(start["environ"])
    os.chdir(start["cwd"])
    sys.path[:] = start["sys_path"] + [path for path in sys.path if path]  # '' is what -c put there.
    sys.argv = ["smyth"]
    sys.breakpointhook = _no_breakpoint
    # Ctrl-C is for the server. Not SIG_IGN, which a hook's children would inherit.
    signal.signal(signal.SIGINT, lambda *_: None)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(line_buffering=True, errors="backslashreplace")  # type: ignore[union-attr]
    watch_project(roots_of(start), loaded)


def main(frame_fd: int) -> None:
    """Serves on the socket `frame_fd`; never returns."""
    channel = Channel(frame_fd)
    loaded = LoadedModules()
    first = channel.read()
    if first is not None and first[0] == "S":
        _prepare_process(json.loads(first[1]), loaded)
        peak_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        channel.send("Y", struct.pack("<I", peak_kib), text(""))
        Hooks(channel, loaded).serve()
    os._exit(0)  # Whatever threads hooks have left.
