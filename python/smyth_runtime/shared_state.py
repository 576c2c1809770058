"""What a snapshot holds that its environments must not share, or that they lose."""

from __future__ import annotations

import os
import socket
import stat
import sys
import threading

from smyth_runtime.leftovers import child_processes, some

_CREDENTIALS = ("AWS_SESSION_TOKEN", "AWS_SECRET_ACCESS_KEY")
_SECRET_LENGTH = 16  # What is shorter stands for credentials in tests.


def found(own_fds: set[int], is_random_used: bool) -> str:
    """One line, or nothing. `own_fds` are no sockets of the function's."""
    try:
        texts = _sockets(own_fds) + _threads() + child_processes() + _credentials()
    except Exception:
        return ""  # Whatever init has done to its interpreter.
    if is_random_used:
        texts.append("the state of `random`, which has been seeded or used")
    return ", ".join(texts)


def _sockets(own_fds: set[int]) -> list[str]:
    texts = []
    for name in os.listdir("/proc/self/fd"):
        fd = int(name)
        try:
            if fd in own_fds or not stat.S_ISSOCK(os.fstat(fd).st_mode):
                continue
            with socket.socket(fileno=os.dup(fd)) as one:
                texts.append(_socket(one))
        except OSError:
            pass  # The listing's own, or one that leads nowhere.
    return some([text for text in texts if text], "sockets")


def _socket(one: socket.socket) -> str:
    if one.family not in (socket.AF_INET, socket.AF_INET6):
        return ""  # asyncio's, to wake itself.
    if one.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
        host, port = one.getsockname()[:2]
        return f"socket that listens at {host}:{port}"
    host, port = one.getpeername()[:2]
    return f"socket to {host}:{port}"


def _threads() -> list[str]:
    main = threading.main_thread()
    return some([f"thread `{thread.name}`" for thread in threading.enumerate() if thread is not main], "threads")


def _credentials() -> list[str]:
    secrets = {value for name in _CREDENTIALS if len(value := os.environ.get(name, "")) >= _SECRET_LENGTH}
    if not secrets:
        return []
    texts = []
    for name, module in list(sys.modules.items()):
        for variable, value in list(getattr(module, "__dict__", {}).items()):
            if type(value) is str and value in secrets:
                texts.append(f"credentials in `{name}.{variable}`")
    return some(texts, "variables with credentials")
