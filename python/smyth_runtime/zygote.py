"""The zygote: one process that has imported what environments need, and forks them.

It runs nothing of the user's. It forks when the server says so, reaps, and kills what environments
leave behind; when the server is gone it kills everything below it, puts the terminal back if a debugger
had it, and ends. How processes live and die as a whole is told in src/runtime/frame.h.
"""

from __future__ import annotations

import sys

# What a plain interpreter has loaded: no module of the project can take the place of these.
PLAIN_MODULES = frozenset(sys.modules)

import _signal
import gc
import importlib
import json
import os
import select
import signal
import socket
import struct
import time
from typing import Callable

# What other modules of ours import. Loaded first, so that what is ours lies together in memory: the pages
# that environments write to, and so cannot share, are fewer then.
for _name in ("atexit", "ctypes", "faulthandler", "io", "logging", "math", "random", "re", "resource",
              "threading", "traceback", "types", "typing"):
    try:
        importlib.import_module(_name)
    except ImportError:
        pass  # Told where it is used.

from smyth_runtime import frames, output
from smyth_runtime.environment import Environment
from smyth_runtime.heap import fill_holes
from smyth_runtime.interpreter import replace_environ
from smyth_runtime.linux_process import (
    become_subreaper, children, die_with_parent, fork, hear_of_ends_alone, kill_tree, unbuffer_stdio)
from smyth_runtime.rehearsal import rehearse

try:
    from smyth_runtime.terminal import LentTerminal
except ImportError:  # A Python without termios has no debugger either.
    LentTerminal = None  # type: ignore[assignment, misc]

_FORK = struct.Struct("<IBBHIIB")
_DESCRIPTORS = {size * 4: struct.Struct(f"@{size}i") for size in (0, 2, 3)}  # By their length.
_ROOM = socket.CMSG_SPACE(max(_DESCRIPTORS))
_PLACE_AND_NUMBER = struct.Struct("<8sI")
_TOLD = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
_RESET = [int(number) for number in (*_TOLD[1:], signal.SIGCHLD)]  # SIGINT stays without effect.
# What a child calls and nobody here. To find a name in a module for the first time writes to more of
# what is shared, and so does the module `signal`, whose functions are in Python.
_close, _dup2, _setpgid = os.close, os.dup2, os.setpgid
_set_blocking, _set_inheritable = os.set_blocking, os.set_inheritable
_set_signal, _default, _set_wakeup_fd = _signal.signal, _signal.SIG_DFL, _signal.set_wakeup_fd
_enable_gc = gc.enable
_QUIET_MS = 50


class Zygote:
    """Serves the server's socket until its end. Single-threaded, since it forks.

    A process that was forked here is such a one too where environments are to go on from what it has
    become (smyth_runtime/snapshot.py): it brings its own `fork`.
    """

    def __init__(self, fd: int, fork: Callable[[], int] = fork) -> None:
        self._fork_process = fork
        self._socket = socket.socket(fileno=fd)
        self._socket.set_inheritable(False)
        self._socket.setblocking(True)
        self._wake_up, self._woken = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        self._environments: dict[int, bytes] = {}  # Index and generation, by pid.
        self._pid = os.getpid()
        self._terminal = LentTerminal() if LentTerminal else None
        # Where the server makes what is /tmp to environments (src/runtime/tmp_folders.cc).
        temporary = next(filter(None, map(os.environ.get, ("TMPDIR", "TMP", "TEMP", "TEMPDIR"))), "/tmp")
        self._left = os.path.join(temporary, f"smyth-tmp-{os.getppid()}-")

    def prepare(self) -> None:
        signal.pthread_sigmask(signal.SIG_SETMASK, [])
        for number in (*_TOLD, signal.SIGCHLD):
            # Not SIG_IGN, which environments and their children would inherit. What the terminal
            # sends is for the server; the zygote ends with its socket, for it has to clean up.
            signal.signal(number, lambda *_: None)
        hear_of_ends_alone()
        signal.set_wakeup_fd(self._woken, warn_on_full_buffer=False)
        become_subreaper()

    def serve(self, rehearse: Callable[[], None] | None = None) -> tuple[str, tuple[int, ...]] | None:
        """None at the end; in a forked child: its role and its sockets, of frames first.

        `rehearse` is called once: before the second fork, since the first environment is not to wait
        for it, or when nothing has come for a moment.
        """
        poll = select.poll()
        poll.register(self._socket, select.POLLIN)
        poll.register(self._wake_up, select.POLLIN)
        while True:
            ready = poll.poll(_QUIET_MS if rehearse else None)
            if rehearse and (not ready or self._environments):
                rehearse()
                rehearse = None
            for fd, _ in ready:
                if fd == self._wake_up:
                    self._reap()
                    continue
                message, descriptors = self._receive()
                if not message:
                    return None
                child = self._fork(message, descriptors)
                if child:
                    return child

    def _receive(self) -> tuple[bytes, tuple[int, ...]]:
        try:
            message, ancillary, _, _ = self._socket.recvmsg(64, _ROOM)
        except ConnectionError:  # The server has died with something unread.
            return b"", ()
        packed = ancillary[0][2] if ancillary else b""
        return message, _DESCRIPTORS[len(packed)].unpack(packed)

    def _fork(self, message: bytes, descriptors: tuple[int, ...]) -> tuple[str, tuple[int, ...]] | None:
        _, version, kind, _, index, generation, role = _FORK.unpack(message)
        assert (version, kind) == (frames.VERSION, frames.FORK)
        place = struct.pack("<II", index, generation)
        output_fd, sockets = descriptors[0], descriptors[1:]
        if self._terminal:
            self._terminal.remember()
        try:
            pid = self._fork_process()
        except OSError as error:
            pid, reason = 0, str(error).encode()
            self._say(frames.FORKED, _PLACE_AND_NUMBER.pack(place, 0) + reason)
        else:
            if pid == 0:
                self._become_child(output_fd)
                for fd in sockets:
                    _set_inheritable(fd, False)
                    _set_blocking(fd, True)
                return chr(role), sockets
            self._environments[pid] = place
            try:
                os.setpgid(pid, pid)  # The child does it too: it is done before either goes on.
            except OSError:
                pass
            self._say(frames.FORKED, _PLACE_AND_NUMBER.pack(place, pid))
        for fd in descriptors:
            os.close(fd)
        return None

    def _become_child(self, output_fd: int) -> None:
        _set_wakeup_fd(-1)
        die_with_parent(self._pid)
        become_subreaper()
        _setpgid(0, 0)
        for number in _RESET:
            _set_signal(number, _default)
        _set_blocking(output_fd, True)
        _dup2(output_fd, 1)
        _dup2(output_fd, 2)
        for fd in (output_fd, self._wake_up, self._woken, self._socket.fileno()):
            _close(fd)
        if self._terminal and self._terminal.fd >= 0:
            _close(self._terminal.fd)
        _enable_gc()

    def _reap(self) -> None:
        try:
            os.read(self._wake_up, 512)
        except BlockingIOError:
            pass
        ended = []
        while True:
            try:
                pid, status, used = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                break
            if pid == 0:
                break
            if pid in self._environments:
                ended.append((self._environments.pop(pid), status, used.ru_maxrss))
        # Nothing of them runs on when the server learns of their end. One that is killed here leaves
        # its own children behind; its end wakes us again.
        self._kill_orphans()
        for place, status, max_rss_kib in ended:
            self._say(frames.EXITED, _PLACE_AND_NUMBER.pack(place, status) + struct.pack("<I", max_rss_kib))

    def _kill_orphans(self) -> None:
        """Kills the children that were not forked here: what dead environments have left."""
        for pid in children(self._pid):
            if pid not in self._environments:
                kill_tree(pid)

    def clean_up(self) -> None:
        """The server is gone: leaves nothing below this process, and the terminal as it was."""
        groups = frozenset(self._environments)
        self._kill_all()  # First: what is killed changes it no more.
        if self._terminal and self._terminal.is_with(groups):
            self._terminal.put_back()
        self._remove_left()

    def _remove_left(self) -> None:
        import glob
        import shutil

        for folder in glob.glob(f"{glob.escape(self._left)}*"):
            if os.lstat(folder).st_uid == os.geteuid():
                shutil.rmtree(folder, ignore_errors=True)

    def _kill_all(self) -> None:
        self._environments.clear()
        try:
            while True:
                self._kill_orphans()
                while os.waitpid(-1, os.WNOHANG) != (0, 0):
                    pass
                time.sleep(0.001)
        except ChildProcessError:
            pass  # No children are left.

    def _say(self, kind: int, body: bytes) -> None:
        try:
            self._socket.send(frames.pack(kind, body))
        except OSError:
            pass  # The server is gone: the end of the socket is read next.


_FOR_EACH_FORK = [
    Zygote.serve, Zygote._receive, Zygote._fork, Zygote._become_child, Zygote._say, frames.pack,
    fork, die_with_parent, become_subreaper]


def _close_inherited(fd: int) -> None:
    for name in os.listdir("/proc/self/fd"):
        if int(name) > 2 and int(name) != fd:
            try:
                os.close(int(name))
            except OSError:
                pass  # The listing's own.


def main(fd: int) -> None:
    """Serves on the SOCK_SEQPACKET socket `fd`; never returns."""
    gc.disable()
    _close_inherited(fd)
    zygote = Zygote(fd)
    zygote.prepare()
    output.write_through()
    unbuffer_stdio()
    environment = Environment(PLAIN_MODULES)
    replace_environ({})  # Each child brings all of its own; to free these would cost it memory.
    gc.freeze()  # The first environment's collections leave alone what is here.
    version = ".".join(map(str, sys.version_info[:3]))
    about = json.dumps({"executable": sys.executable, "version": version}).encode()
    zygote._say(frames.READY, struct.pack("<I", 0) + frames.text(b"") + about)

    def share_more() -> None:
        gc.unfreeze()
        rehearse(environment, _FOR_EACH_FORK)
        replace_environ({})
        gc.collect()
        fill_holes()
        gc.freeze()

    child = zygote.serve(share_more)
    if child is None:
        zygote.clean_up()
        os._exit(0)
    role, sockets = child
    if role == "h":
        from smyth_runtime import hooks

        hooks.main(sockets[0])
    if role == "s":
        from smyth_runtime import snapshot

        snapshot.main(environment, *sockets)
    environment.run(sockets[0])
