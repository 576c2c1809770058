"""pdb as the debugger uses it. Apart, since pdb is loaded only where it is needed."""

from __future__ import annotations

import pdb
import sys
from typing import Any

from smyth_runtime.debugger import Debugger


class Session(pdb.Pdb):
    """A Pdb whose prompts stand on the debugger's terminal, and which gives it back when it goes on."""

    def __init__(self, debugger: Debugger) -> None:
        super().__init__(stdin=sys.__stdin__, stdout=sys.__stdout__, skip=["smyth_runtime.*"],
                         nosigint=True)
        self.use_rawinput = True  # As with streams of its own: line editing and history.
        self._debugger = debugger
        self._goes_on = False
        self._header: str | None = None

    def begin(self, header: str | None, commands: list[str] | None) -> None:
        """What the next prompt shows and does first."""
        self._header = header
        self.rcLines += commands or []

    def interaction(self, *arguments: Any, **options: Any) -> None:  # type: ignore[override]
        self._goes_on = False

        def interact() -> None:
            if self._header is not None:
                self.message(self._header)
                self._header = None
            super(Session, self).interaction(*arguments, **options)

        if not self._debugger.prompt(interact):
            self.set_continue()  # Without the terminal the handler goes on.
        if self._goes_on:
            self._debugger.give_back()

    def do_EOF(self, _argument: str) -> Any:
        """Goes on, as `continue`: Ctrl-D must not cost the invocation."""
        self.message("")
        return self.do_continue("")

    def set_continue(self) -> None:
        self._goes_on = True
        super().set_continue()

    def set_quit(self) -> None:
        self._goes_on = True
        super().set_quit()
