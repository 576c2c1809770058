"""What a user is told of a hook that failed: their own frames, none of ours."""

import traceback
from types import TracebackType
from typing import Any, Optional


class HookError(Exception):
    """A hook cannot be used, or its result cannot; the message says all, so no traceback is shown."""


def describe(error: BaseException) -> str:
    """The text for the log: a message, or the traceback of the user's own frames."""
    if isinstance(error, HookError):
        return f"{error}\n"
    report = traceback.TracebackException(type(error), error, error.__traceback__)
    _trim(report, error)
    return "".join(report.format())


def _trim(report: Any, error: BaseException) -> None:
    kept = _user_frames(error.__traceback__)
    report.stack[:] = [line for line, keep in zip(report.stack, kept) if keep]
    for name in ("__cause__", "__context__"):
        below, inner = getattr(report, name), getattr(error, name)
        if below is not None and inner is not None:
            _trim(below, inner)


def _user_frames(trace: Optional[TracebackType]) -> "list[bool]":
    modules = [frame.f_globals.get("__name__", "") for frame, _ in traceback.walk_tb(trace)]
    kept = []
    is_within = False  # asyncio's frames are ours only where they lead to the hook.
    for module in modules:
        package = module.partition(".")[0]
        is_ours = package in ("smyth_runtime", "importlib") or (
            package in ("asyncio", "concurrent", "threading") and not is_within)
        is_within = is_within or not is_ours
        kept.append(not is_ours)
    return kept
