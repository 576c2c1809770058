"""`breakpoint()` in a handler: pdb on the terminal that the server was started from.

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

_NO_TERMINAL = "[ERROR] breakpoint() goes on: {}\n"


class Debugger:
    """`hook` is what stands behind `breakpoint()`; `finish` ends what it began with the invocation."""

    def __init__(self, socket: frames.FrameSocket, output: Output,
                 on_pause: Callable[[float], None]) -> None:
        self._socket = socket
        self._output = output
        self._on_pause = on_pause  # Told how long the clock stood.
        self._terminal: Any = None
        self._interrupt: Any = None
        self._paused_at = 0.0
        self.session: Any = None  # A Pdb that traces.

    def hook(self, *arguments: Any, **options: Any) -> Any:
        """sys.breakpointhook of an environment."""
        if os.environ.get("PYTHONBREAKPOINT", "pdb.set_trace") not in ("", "pdb.set_trace"):
            return sys.__breakpointhook__(*arguments, **options)
        if threading.current_thread() is not threading.main_thread() or self._socket.fd < 0:
            self._output.report(_NO_TERMINAL.format(
                "it works in the handler's own thread and process alone"))
        elif self.take():
            if self.session is None:
                from smyth_runtime.debugger_session import Session

                self.session = Session(self)
            self.session.set_trace(sys._getframe(1))
        return None

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
        self._output.report(_NO_TERMINAL.format(why))

    def _interrupted(self, _number: int, frame: Any) -> None:
        """Ctrl-C while the handler runs with the terminal: stops it at its next line."""
        if self.session is not None:
            self.session.set_trace(frame)

    def prompt(self, interact: Callable[[], None]) -> None:
        """Runs a prompt; without the terminal the handler goes on."""
        if not self.take():
            self.session.set_continue()
            return
        running = signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            with self._terminal:
                interact()
        finally:
            signal.signal(signal.SIGINT, running)

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
