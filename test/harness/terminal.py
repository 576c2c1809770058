"""A terminal of the test's own, with a program in its foreground."""

import os
import pty
import re
import subprocess
import termios
import threading

from harness.processes import wait_until


class Terminal:
    """What the program writes is in `text`; use it in a `with`."""

    def __init__(self, folder, environ=None):
        self._folder, self._environ = folder, environ
        self._master, self._slave = pty.openpty()
        self._chunks, self.process = [], None
        threading.Thread(target=self._read, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self._slave)
        os.close(self._master)

    def _read(self):
        while True:
            try:
                data = os.read(self._master, 65536)
            except OSError:
                return
            if not data:
                return
            self._chunks.append(data)

    @property
    def text(self):
        return b"".join(self._chunks).decode(errors="replace").replace("\r\n", "\n")

    def run(self, command, environ=None):
        """Starts the program as the leader of a session whose terminal this is."""

        def take_terminal():
            import fcntl

            os.setsid()
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)

        self.process = subprocess.Popen(
            command, cwd=self._folder, stdin=self._slave, stdout=self._slave, stderr=self._slave,
            env=environ or self._environ, preexec_fn=take_terminal)
        return self.process

    def type(self, text):
        os.write(self._master, text.encode())

    def wait_for(self, pattern, seconds=8.0, start=0):
        return wait_until(lambda: re.search(pattern, self.text[start:], re.M), seconds,
                          f"{pattern!r} on the terminal, which shows {self.text[-2000:]!r}")

    def wait(self, seconds=5.0):
        return self.process.wait(timeout=seconds)

    def settings(self):
        """All that stty knows of it."""
        return termios.tcgetattr(self._slave)

    def foreground(self):
        """The process group in its foreground."""
        return os.tcgetpgrp(self._master)
