"""The terminal of the session: as a debugger needs it, and as it is put back when the server has died."""

from __future__ import annotations

import os
import signal
import sys
import termios
from typing import Any, Container


class Terminal:
    """The terminal in the hands of this process group, from take() to give_back()."""

    def __init__(self) -> None:
        self._fd = os.open("/dev/tty", os.O_RDWR | os.O_CLOEXEC | os.O_NOCTTY)
        self._modes = termios.tcgetattr(self._fd)
        self._owner = os.tcgetpgrp(self._fd)
        # A background process that takes the terminal is stopped by SIGTTOU unless it ignores that;
        # Ctrl-Z must not stop a process that no shell would continue.
        self._before = {number: signal.signal(number, signal.SIG_IGN)
                        for number in (signal.SIGTTOU, signal.SIGTSTP)}
        os.tcsetpgrp(self._fd, os.getpgrp())

    def give_back(self) -> None:
        try:
            termios.tcsetattr(self._fd, termios.TCSADRAIN, self._modes)
            os.tcsetpgrp(self._fd, self._owner)
        except (OSError, termios.error):
            pass  # It was closed, or the server has taken it back.
        for number, handler in self._before.items():
            signal.signal(number, handler)
        os.close(self._fd)

    def __enter__(self) -> None:
        """Puts it in place of the standard streams."""
        self._streams = sys.stdin, sys.stdout, sys.stderr
        sys.stdin, sys.stdout, sys.stderr = sys.__stdin__, sys.__stdout__, sys.__stderr__
        self._saved = [os.dup(fd) for fd in range(3)]
        for fd in range(3):
            os.dup2(self._fd, fd)

    def __exit__(self, *_error: Any) -> None:
        for fd, saved in enumerate(self._saved):
            os.dup2(saved, fd)
            os.close(saved)
        sys.stdin, sys.stdout, sys.stderr = self._streams


class LentTerminal:
    """The zygote's: how the terminal was while the server had it, for when the server dies without it.

    Whoever has taken the terminal since, a shell for example, keeps it as it is.
    """

    def __init__(self) -> None:
        self.fd = -1  # Kept open: a server that led its session takes /dev/tty with it.
        self._modes: Any = None
        self._owner = os.getpgid(os.getppid())

    def remember(self) -> None:
        """Before an environment starts, which may then take it."""
        if self.fd >= 0:
            return
        try:
            self.fd = os.open("/dev/tty", os.O_RDWR | os.O_CLOEXEC | os.O_NOCTTY)
            if os.tcgetpgrp(self.fd) == self._owner:
                self._modes = termios.tcgetattr(self.fd)
        except (OSError, termios.error):
            pass  # There is none.
        if self._modes is None and self.fd >= 0:
            os.close(self.fd)
            self.fd = -1

    def is_with(self, groups: Container[int]) -> bool:
        """Whether one of these process groups has it, or nobody, its session being over."""
        if self.fd < 0:
            return False
        try:
            return os.tcgetpgrp(self.fd) in groups
        except OSError:
            return True  # It is no session's any more.

    def put_back(self) -> None:
        signal.signal(signal.SIGTTOU, signal.SIG_IGN)
        try:
            termios.tcsetattr(self.fd, termios.TCSADRAIN, self._modes)
            os.tcsetpgrp(self.fd, self._owner)
        except (OSError, termios.error):
            pass  # It is closed, or none is left of the server's group.
