"""What an environment sees of the file system: a /tmp of its own, its layers, code that it cannot write to.

src/runtime/linux_mounts.cc does the same for programs.
"""

from __future__ import annotations

import os
import resource
import sys
from typing import Any

from smyth_runtime.linux_process import libc

_PROCESSES = 742  # As Lambda allows a user: docs/reference/lambda-environments.md.
_CLONE_NEWNS = 0x20000
_CLONE_NEWUSER = 0x10000000
_MS_NOSUID, _MS_NODEV = 2, 4
_MS_RDONLY, _MS_REMOUNT, _MS_BIND, _MS_REC, _MS_SLAVE = 1, 32, 4096, 16384, 1 << 19
# Flags that the system may have locked, as statvfs tells them and as mount takes them.
_LOCKED = ((2, 2), (4, 4), (8, 8), (1024, 1024), (2048, 2048), (4096, 1 << 21))
_OWN = [path for path in {sys.prefix, sys.base_prefix, *sys.path} if path.startswith("/tmp/")]

if libc is not None:
    import ctypes

    libc.unshare.argtypes = [ctypes.c_int]
    libc.setns.argtypes = [ctypes.c_int, ctypes.c_int]
    libc.mount.argtypes = [ctypes.c_char_p, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_ulong, ctypes.c_void_p]


def enter_mounts(spec: dict[str, Any]) -> None:
    """Gives this process, which has one thread, mounts of its own, and these."""
    if spec["joined"]:
        return _join(spec["joined"], spec["joined_user"])
    _leave_mounts()
    if spec["opt"]:  # First: the folder may lie below /tmp.
        _mount_read_only(spec["opt"], "/opt")
    if spec["tmp"]:
        if spec["tmp_mib"]:
            _mount("tmpfs", spec["tmp"], _MS_NOSUID | _MS_NODEV, "tmpfs", f"size={spec['tmp_mib']}m,mode=1777")
        _mount_tmp(spec["tmp"], spec["kept"])
    folder = spec["read_only"]
    if folder:
        _mount_read_only(folder, folder)
    return None


def _limit_processes() -> None:
    # In a user namespace of its own, which has a count of its own since Linux 5.14.
    major, minor = os.uname().release.split(".")[:2]
    if (int(major), int(minor.partition("-")[0])) >= (5, 14):
        resource.setrlimit(resource.RLIMIT_NPROC, (_PROCESSES, _PROCESSES))


def _join(mounts: str, user: str) -> None:
    if user:
        _limit_processes()
    # Both are opened first: behind another user namespace the server's files cannot be.
    files = [(os.open(name, os.O_RDONLY | os.O_CLOEXEC), kind)
             for name, kind in ((user, _CLONE_NEWUSER), (mounts, _CLONE_NEWNS)) if name]
    for file, kind in files:
        if libc.setns(file, kind) != 0:
            raise _last_error()
        os.close(file)


def _mount_read_only(source: str, folder: str) -> None:
    _mount(source, folder, _MS_BIND | _MS_REC)
    told = os.statvfs(folder).f_flag
    kept = sum(flag for bit, flag in _LOCKED if told & bit)
    _mount("none", folder, _MS_REMOUNT | _MS_BIND | _MS_RDONLY | kept)


class SnapshotMounts:
    """The mounts of a snapshot, and of what is forked from it: each has another /tmp, with the same in it."""

    def enter(self, spec: dict[str, Any]) -> None:
        os.chdir("/tmp")
        enter_mounts(spec)
        self._beneath = os.open(".", os.O_PATH | os.O_CLOEXEC)  # What the server has below /tmp is there.

    def enter_again(self, spec: dict[str, Any]) -> None:
        """In a fork. What can only be read is so already."""
        tmp = spec["tmp"]
        if not tmp:
            return
        here = os.getcwd()
        os.fchdir(self._beneath)  # A folder to work in goes along to the new mounts; a descriptor does not.
        os.close(self._beneath)
        if libc.unshare(_CLONE_NEWNS) != 0:
            raise _last_error()
        if tmp.startswith("/tmp/"):
            tmp = tmp[len("/tmp/"):]
        if not os.listdir(tmp):  # Else it is an environment that starts anew, and keeps what it had.
            _copy("/tmp", tmp, {*spec["kept"], *_OWN})
        _mount_tmp(tmp, spec["kept"])
        os.chdir(here)


def _mount_tmp(tmp: str, kept: list[str]) -> None:
    for path in [*kept, *_OWN]:
        place = tmp + path[len("/tmp"):]
        if os.path.isdir(path):
            os.makedirs(place, exist_ok=True)
        elif os.path.exists(path):
            os.makedirs(os.path.dirname(place), exist_ok=True)
            os.close(os.open(place, os.O_WRONLY | os.O_CREAT, 0o600))
        else:
            continue
        _mount(path, place, _MS_BIND | _MS_REC)
    _mount(tmp, "/tmp", _MS_BIND | _MS_REC)


def _copy(source: str, target: str, kept: set[str]) -> None:
    import shutil

    for entry in os.scandir(source):
        place = os.path.join(target, entry.name)
        if entry.path in kept:
            continue
        try:
            if entry.is_dir(follow_symlinks=False):
                os.mkdir(place)
                _copy(entry.path, place, kept)
                shutil.copystat(entry.path, place)
            else:
                shutil.copy2(entry.path, place, follow_symlinks=False)
        except OSError:
            pass  # A socket, or what the function may not read itself.


def _leave_mounts() -> None:
    if libc.unshare(_CLONE_NEWNS) == 0:
        return _mount("none", "/", _MS_REC | _MS_SLAVE)
    user, group = os.geteuid(), os.getegid()
    if libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNS) != 0:
        raise _last_error()
    _limit_processes()
    for name, text in ("uid_map", f"{user} {user} 1"), ("setgroups", "deny"), ("gid_map", f"{group} {group} 1"):
        with open(f"/proc/self/{name}", "wb", buffering=0) as file:
            file.write(text.encode())
    return None


def _mount(source: str, target: str, flags: int, kind: str = "", options: str = "") -> None:
    if libc.mount(os.fsencode(source), os.fsencode(target), kind.encode(), flags, options.encode()) != 0:
        raise _last_error(target)


def _last_error(*names: str) -> OSError:
    number = ctypes.get_errno()
    return OSError(number, os.strerror(number), *names)
