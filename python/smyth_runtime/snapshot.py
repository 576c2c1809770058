"""A snapshot for SnapStart: a process that has run a function's init once, and forks environments from there.

    start -> load_handler -> hooks before the snapshot -> ready | failed        once, as an environment
    fork  -> start -> a /tmp of its own -> hooks after the restore -> ready     for each environment

It is a zygote of its own from then on: it reaps what it has forked and tells the server of it. What a fork
does not carry over (threads, children) is lost to the environments; what it shares is theirs all together,
as on Lambda: the random state too, for Lambda's runtime seeds nothing anew.
"""

from __future__ import annotations

import gc
import os
import random
import signal
import sys
import warnings
from typing import Any, NoReturn

from smyth_runtime.environment import Environment
from smyth_runtime.linux_mounts import SnapshotMounts
from smyth_runtime.shared_state import found
from smyth_runtime.snap_start import after_restore, before_snapshot
from smyth_runtime.zygote import Zygote

_CHANGED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGCHLD)


def main(environment: Environment, frame_fd: int, control_fd: int) -> NoReturn:
    """Runs the init on the socket `frame_fd`, then forks for the server on the other; never returns."""
    environment.live(lambda: _live(environment, frame_fd, control_fd))


def _live(environment: Environment, frame_fd: int, control_fd: int) -> NoReturn:
    at_first, mounts = random.getstate(), SnapshotMounts()

    def prepare() -> str:
        before_snapshot()
        return found({frame_fd, control_fd}, random.getstate() != at_first)

    started, handler = environment.initialise(frame_fd, mounts.enter, prepare)
    gc.collect()
    loops = _event_loops()
    gc.freeze()  # Or the first collection in each environment would copy all that they share.
    handlers = {number: signal.getsignal(number) for number in _CHANGED}
    zygote = Zygote(control_fd, _fork)
    zygote.prepare()
    child = zygote.serve()
    if child is None:
        zygote.clean_up()
        os._exit(0)
    for number, action in handlers.items():
        if action is not None:  # None: it is not of Python.
            signal.signal(number, action)
    for loop in loops:
        _renew(loop)
    environment.go_on(child[1][0], handler, lambda spec: _restore(spec, started, mounts))


def _fork() -> int:
    """With all that modules have registered for a fork, but for a new seed."""
    state = random.getstate()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Of the threads that there are the server has been told.
        pid = os.fork()
    if pid == 0:
        random.setstate(state)
    return pid


def _event_loops() -> list[Any]:
    module = sys.modules.get("asyncio.selector_events")
    if module is None:
        return []
    kind = module.BaseSelectorEventLoop
    return [each for each in gc.get_objects() if isinstance(each, kind) and not each.is_closed()]


def _renew(loop: Any) -> None:
    """What a loop waits with is the kernel's, and would be that of all environments together."""
    try:
        loop._close_self_pipe()
        shared, loop._selector = loop._selector, type(loop._selector)()
        for key in list(shared.get_map().values()):
            loop._selector.register(key.fileobj, key.events, key.data)
        shared.close()
        loop._make_self_pipe()
    except AttributeError:
        pass  # Another kind of loop, or of Python.


def _restore(spec: dict[str, Any], started: dict[str, Any], mounts: SnapshotMounts) -> None:
    if "mounts" in spec:
        mounts.enter_again(spec["mounts"])
    folder = spec["environ"].get("TMPDIR")
    if folder != started["environ"].get("TMPDIR"):  # Where it has no /tmp of its own.
        os.environ["TMPDIR"] = folder
        if "tempfile" in sys.modules:
            sys.modules["tempfile"].tempdir = None
    after_restore()
