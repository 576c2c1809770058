"""What is asked of Linux beyond `os`: who is below a process, and what happens when it dies."""

from __future__ import annotations

import os
import random
import signal
import sys
import threading

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_SA_NOCLDSTOP = 1


def _load_libc():  # type: ignore[no-untyped-def]
    try:
        import ctypes

        loaded = ctypes.PyDLL(None, use_errno=True)  # Its calls keep the interpreter's lock.
        loaded.fork.argtypes = []
        loaded.putenv.argtypes = [ctypes.c_char_p]
        return loaded
    except (ImportError, OSError, AttributeError):
        # A Python without ctypes: environments end with their socket, orphans become the server's.
        return None


# Loaded by the zygote: its environments find it here, at no cost.
libc = _load_libc()
_HAS_CHILDREN_FILE = os.path.exists(f"/proc/self/task/{os.getpid()}/children")


def _for_prctl(option: int, value: int):  # type: ignore[no-untyped-def]
    """The arguments as C has them: to convert them takes more of the memory that is shared."""
    if libc is None:
        return ()
    import ctypes

    return (ctypes.c_int(option), *map(ctypes.c_ulong, (value, 0, 0, 0)))


def hear_of_ends_alone() -> None:
    """SIGCHLD comes when a child ends, not when it is stopped or goes on: frozen ones do all the time."""
    if libc is None:
        return
    import ctypes

    # struct sigaction of the GNU C library: handler, mask (128 bytes), flags, restorer.
    action = ctypes.create_string_buffer(152)
    libc.sigaction(int(signal.SIGCHLD), None, action)
    flags = int.from_bytes(action[136:140], sys.byteorder) | _SA_NOCLDSTOP
    action[136:140] = flags.to_bytes(4, sys.byteorder)
    libc.sigaction(int(signal.SIGCHLD), action, None)


_DEATH = _for_prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
_SUBREAPER = _for_prctl(_PR_SET_CHILD_SUBREAPER, 1)
# Bound before the fork, past the functions in Python that would touch more of what is shared.
_getpid, _getppid = os.getpid, os.getppid
_main_thread = threading.main_thread()
_reseed = super(random.Random, random.seed.__self__).seed  # type: ignore[attr-defined]
_CAN_FORK_BARE = libc is not None and sys.version_info < (3, 14)


def fork() -> int:
    """`os.fork()` for a process that has one thread and no lock held.

    What CPython does after a fork is for processes that had more; its hooks touch a quarter of a MiB
    of the memory that parent and child share. What is left to do here: another random state.
    """
    if not _CAN_FORK_BARE:
        return os.fork()
    pid: int = libc.fork()
    if pid < 0:
        import ctypes

        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    if pid == 0:
        _reseed()
        _main_thread._native_id = _getpid()  # type: ignore[attr-defined]
    return pid


def unbuffer_stdio() -> None:
    """Native code that prints writes at once: nothing of it is lost when the process dies."""
    if libc is None:
        return
    import ctypes

    unbuffered = 2  # _IONBF
    for name in ("stdout", "stderr"):
        try:
            libc.setvbuf(ctypes.c_void_p.in_dll(libc, name), None, unbuffered, ctypes.c_size_t(0))
        except (AttributeError, ValueError):
            pass  # A C library that names them otherwise.


def become_subreaper() -> None:
    """From here on whatever is left behind below this process becomes its child."""
    if libc is not None:
        libc.prctl(*_SUBREAPER)


def die_with_parent(parent: int) -> None:
    """Ends this process when `parent`, the process that forked it, is gone, or is gone already."""
    if libc is not None:
        libc.prctl(*_DEATH)
    if _getppid() != parent:
        os._exit(1)


def join_group(file: str) -> None:
    """Puts this process into the control group that has this `cgroup.procs`."""
    try:
        with open(file, "wb", buffering=0) as procs:
            procs.write(b"0")
    except OSError:
        pass  # The server looks at what memory it has.


def children(pid: int) -> list[int]:
    """The children of a process; one that is just being forked or reaped may be missing."""
    if not _HAS_CHILDREN_FILE:
        return [child for child in _all_processes() if _parent(child) == pid]
    found: list[int] = []
    try:
        for thread in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{thread}/children", "rb") as file:
                found += map(int, file.read().split())
    except OSError:
        pass  # It has ended meanwhile.
    return found


def kill_tree(pid: int) -> None:
    """SIGKILL for a process and all below it. They are stopped first, so that none escapes by a fork."""
    tree = [pid]
    for process in tree:  # Grows while it is walked.
        _send(process, signal.SIGSTOP)
        tree += children(process)
    for process in tree:
        _send(process, signal.SIGKILL)


def _send(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except OSError:
        pass  # It has ended, or is another user's.


def _all_processes() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def _parent(pid: int) -> int:
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return int(file.read().rpartition(b")")[2].split()[1])
    except OSError:
        return 0
