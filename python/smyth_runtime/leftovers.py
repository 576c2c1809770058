"""What still runs when an invocation ends, and so is cut short by the freeze.

Only what a developer can do something about is named: no threads that wait for work, no connections that
are kept open for the next request (boto3's, which have nothing to read or to send), no child processes
that have ended.
"""

from __future__ import annotations

import os
import socket
import stat
import struct
import sys
import threading
import time
from typing import Any, Iterator

from smyth_runtime.linux_process import children

_LOOKS = 20  # So many invocations are looked at however short; then those that took a while.
_NAMED = 5  # Of each kind.
_EXEC_TAKES = (0, 0.001, 0.001, 0.003)  # Seconds: a child that is at it has no command line for a moment.
_FIONREAD, _SIOCOUTQ = 0x541B, 0x5411
_active: dict[int, threading.Thread] = getattr(threading, "_active", {})


class Leftovers:
    """Looks until it has found something, for that is told once. Nearly all looks cost a microsecond."""

    def __init__(self) -> None:
        self.renew()

    def renew(self) -> None:
        self._looks = _LOOKS
        self._threads = 1  # As many that there is nothing to say about.
        self._free_fd = -1
        self._is_done = False

    def begin(self) -> None:
        """The first invocation is about to come: what init has opened is not asked about."""
        self._free_fd = _lowest_free()

    def found(self, is_quick: bool) -> str:
        """One line, or nothing."""
        if is_quick and self._looks <= 0 and len(_active) <= self._threads or self._is_done:
            return ""
        self._looks -= 1
        try:
            found = self._running_threads() + _tasks()
            if not is_quick or "subprocess" in sys.modules:
                found += child_processes()
            if not is_quick:  # To connect and to be answered takes longer.
                found += self._sockets()
        except Exception:
            return ""  # Whatever the handler has done to its interpreter, its answer is sent.
        self._is_done = bool(found)
        return ", ".join(found)

    def _running_threads(self) -> list[str]:
        count = len(_active)
        if count <= self._threads:
            return []
        frames = sys._current_frames()
        main = threading.main_thread()
        names = [thread.name for ident, thread in list(_active.items())
                 if thread is not main and not _waits_for_work(frames.get(ident))]
        if not names:
            self._threads = count
        return some([f"thread `{name}`" for name in names], "threads")

    def _sockets(self) -> list[str]:
        # What is opened and left open takes the lowest numbers that are free.
        before, self._free_fd = self._free_fd, _lowest_free()
        opened = range(before, self._free_fd)
        return some([text for fd in opened if (text := _pending(fd))], "sockets") if opened else []


def some(texts: list[str], kind: str) -> list[str]:
    more = len(texts) - _NAMED
    return texts if more <= 0 else [*texts[:_NAMED], f"{more} more {kind}"]


def _lowest_free() -> int:
    fd = os.dup(1)
    os.close(fd)
    return fd


def _waits_for_work(frame: Any) -> bool:
    """Whether a thread only waits for what others give it: an executor's, or one at a queue."""
    depth = 0
    while frame is not None and depth < 4:
        name, file = frame.f_code.co_name, frame.f_code.co_filename
        if name == "_worker" and file.endswith("concurrent/futures/thread.py"):
            return depth == 0
        if name == "get" and file.endswith("/queue.py"):
            return depth > 0  # It holds no lock of the queue's and has got nothing.
        if not file.endswith("/threading.py"):
            return False
        frame, depth = frame.f_back, depth + 1
    return False


def child_processes() -> list[str]:
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return []  # Nearly always.
    return some([text for pid in children(os.getpid()) if (text := _described(pid))], "child processes")


def _described(pid: int) -> str:
    line = ""
    try:
        for wait in _EXEC_TAKES:
            time.sleep(wait)
            with open(f"/proc/{pid}/stat", "rb") as file:
                name, _, fields = file.read().partition(b" (")[2].rpartition(b")")
            if fields.split()[0] in (b"Z", b"X"):
                return ""
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                line = file.read().decode("utf-8", "replace").rstrip("\0").replace("\0", " ")
            if line:
                break
    except OSError:
        return ""  # It has ended meanwhile.
    line = line or name.decode("utf-8", "replace")
    if "multiprocessing.resource_tracker" in line or "multiprocessing.forkserver" in line:
        return ""  # Python's own, which wait for work.
    return f"child process {pid} `{line if len(line) <= 60 else line[:57] + '...'}`"


def _pending(fd: int) -> str:
    """What a socket that was opened meanwhile has not sent, or nobody has read."""
    try:
        if not stat.S_ISSOCK(os.fstat(fd).st_mode):
            return ""
        with socket.socket(fileno=os.dup(fd)) as one:
            if one.family not in (socket.AF_INET, socket.AF_INET6):
                return ""
            host, port = one.getpeername()[:2]
            unread, unsent = _bytes_in(fd, _FIONREAD), _bytes_in(fd, _SIOCOUTQ)
    except OSError:
        return ""  # Closed meanwhile, or not connected.
    if unread:
        return f"socket to {host}:{port} with {unread} bytes unread"
    return f"socket to {host}:{port} with {unsent} bytes unsent" if unsent else ""


def _bytes_in(fd: int, request: int) -> int:
    import fcntl

    return int(struct.unpack("i", fcntl.ioctl(fd, request, b"\0\0\0\0"))[0])


def _tasks() -> list[str]:
    tasks = sys.modules.get("asyncio.tasks")
    if tasks is None:
        return []
    return some([f"asyncio task `{_name(task)}`" for task in _all_tasks(tasks) if not task.done()],
                 "asyncio tasks")


def _all_tasks(tasks: Any) -> Iterator[Any]:
    # The loop that they belong to stands still: asyncio.all_tasks() would have to be told which it is.
    known = getattr(tasks, "_scheduled_tasks", None)  # From 3.12 on.
    return iter(list(known if known is not None else getattr(tasks, "_all_tasks", ())))


def _name(task: Any) -> str:
    return getattr(task.get_coro(), "__qualname__", "") or task.get_name()
