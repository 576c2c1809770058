"""A rehearsal of an environment's life, in the zygote, so that environments share more of its memory.

A page that a forked process writes to becomes its own, and CPython writes to whatever it uses: counts of
references, caches of the bytecode, method caches. What is done in the zygote need not be done, and so
written, in each environment. And the rehearsal shows which functions an environment runs: of thousands
a hundred, all over the heap; copies of their code that are made in one go lie side by side.

Together a fifth of 1.95 MiB less for each environment (bench/environments.py, CPython 3.11).
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import socket
import struct
import sys
from types import FunctionType
from typing import Any, Callable

from smyth_runtime import frames
from smyth_runtime.environment import Environment
from smyth_runtime.heap import fill_holes
from smyth_runtime.project_modules import REHEARSED

_MODULE = "smyth_rehearsed"
_ROUNDS = 10  # CPython 3.11 begins to specialise bytecode when it runs for the ninth time.
END = "end of the rehearsal"


class End(BaseException):
    """Raised by the rehearsal's handler: no Exception, so that it leaves the environment's loop."""


def rehearse(environment: Environment, functions: list[Callable[..., Any]]) -> None:
    """Leaves `environment` as new, and the interpreter as it was but for its variables.

    `functions` are others that run for each environment.
    """
    kept = sys.path[:], sys.argv, sys.dont_write_bytecode, sys.breakpointhook
    try:
        if _can_import():
            codes = _codes_of_a_round(environment) | {id(each.__code__) for each in functions}
            gc.collect()
            fill_holes()
            _move_together(codes)
            for _ in range(_ROUNDS):
                _round(environment)
    except Exception:
        pass  # Environments take more memory, and may work nevertheless.
    finally:
        environment.renew()
        sys.path[:], sys.argv, sys.dont_write_bytecode, sys.breakpointhook = kept


def _can_import() -> bool:
    """Whether the rehearsal's module can be imported: an environment that fails at that ends its process."""
    sys.path.insert(0, REHEARSED)
    try:
        importlib.import_module(_MODULE)
    except Exception:
        return False
    _forget_module()
    return True


def _forget_module() -> None:
    del sys.modules[_MODULE]
    sys.path_importer_cache.pop(REHEARSED, None)


def _codes_of_a_round(environment: Environment) -> set[int]:
    """The addresses of the code of all functions that run."""
    codes = set()

    def note(frame: Any, event: str, _argument: Any) -> None:
        if event == "call":
            codes.add(id(frame.f_code))

    other = sys.getprofile()
    sys.setprofile(note)
    try:
        _round(environment)
    finally:
        sys.setprofile(other)
    return codes


def _move_together(codes: set[int]) -> None:
    for each in gc.get_objects():
        if type(each) is FunctionType and id(each.__code__) in codes:
            each.__code__ = each.__code__.replace()


def _round(environment: Environment) -> None:
    """Start, import and two invocations, through a socket that keeps frames apart."""
    finders = sys.meta_path[:]
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, theirs:
        for frame in _SCRIPT:
            ours.send(frame)
        try:
            environment.serve(theirs.fileno())
        except End:
            pass
    sys.meta_path[:] = finders
    _forget_module()


def _start() -> bytes:
    text = "rehearsal"
    variables = {f"VARIABLE_{number}": text for number in range(20)}
    if "TZ" in os.environ:  # The C library is not to learn of another.
        variables["TZ"] = os.environ["TZ"]
    return frames.pack(frames.START, json.dumps({
        "name": text, "function": text, "handler": f"{_MODULE}.handler", "arn": text, "log_group": text,
        "log_stream": text, "log_level": "INFO", "version": text, "memory": 128, "timeout": 3,
        "cwd": ".", "project": REHEARSED, "sys_path": [REHEARSED], "environ": variables,
        "config": {}}).encode())


def _invoke(event: str) -> bytes:
    texts = (b"8476a536-e9f4-11e8-9739-2dfe598c3fcd", b"rehearsal", b"", b"", b"Root=1", b"")
    return frames.pack(frames.INVOKE, struct.pack("<qQd", 0, 1, 0.0), *map(frames.text, texts),
                       json.dumps(event).encode())


_SCRIPT = (_start(), _invoke("Hello"), _invoke("again"), _invoke(END))
