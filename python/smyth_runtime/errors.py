"""What a caller and the log are told of a failure: AWS's documents, docs/reference/lambda.md 5.5."""

from __future__ import annotations

import importlib
import json
import os
import traceback
from types import TracebackType

_dumps = json.dumps  # Ours to keep: programs put faster ones, that return bytes, in its place.
_OURS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "")
_CHAIN_MAX = 10  # Causes of causes that the log shows, and parts of a group.


class Fault(Exception):
    """A failure that the runtime itself names, such as Runtime.ImportModuleError."""

    def __init__(self, kind: str, message: str, trace: list[str] | None = None,
                 hint: str = "") -> None:
        super().__init__(message)
        self.kind = kind
        self.trace = trace or []
        self.hint = hint


def document(error: BaseException, request_id: str) -> bytes:
    """The error document, as AWS's Python runtime sends it."""
    told: dict[str, object] = {"errorMessage": _message(error), "errorType": _name(error)}
    if not _name(error).startswith("Function."):  # Those are not the runtime's, but Lambda's own.
        told["requestId"] = request_id
        told["stackTrace"] = (
            error.trace if isinstance(error, Fault) else _lines(error.__traceback__))
    return _dumps(told).encode()


def log_text(error: BaseException) -> str:
    """What the log shows: AWS's lines, and below them what led to the error."""
    try:
        return "[ERROR] " + "".join(_explained(error, set()))
    except Exception:  # Its own attributes are the user's code too.
        return f"[ERROR] {_name(error)}: {_message(error)}\n"


def _explained(error: BaseException, seen: set[int]) -> list[str]:
    seen.add(id(error))
    message = _message(error)
    text = [f"{_name(error)}: {message}\n" if message else f"{_name(error)}\n",
            "Traceback (most recent call last):\n"]
    text += error.trace if isinstance(error, Fault) else _lines(_past_import(error.__traceback__))
    if not text[-1].endswith("\n"):
        text.append("\n")
    for note in _listed(error, "__notes__"):
        text.append(f"{note}\n")
    inner = [("Caused by", error.__cause__)]
    if not error.__suppress_context__:
        inner.append(("While handling", error.__context__))
    inner += [("Part", part) for part in _listed(error, "exceptions")[:_CHAIN_MAX]
              if isinstance(part, BaseException)]
    for label, other in inner:
        if other is not None and id(other) not in seen and len(seen) < _CHAIN_MAX:
            text += [f"{label} ", *_explained(other, seen)]
    return text


def _listed(error: BaseException, name: str) -> list[object]:
    """An attribute that only some errors have as Python means it: others use the name for their own."""
    value = getattr(error, name, ())
    return list(value) if isinstance(value, (list, tuple)) else []


def _name(error: BaseException) -> str:
    return error.kind if isinstance(error, Fault) else type(error).__name__


def _message(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:
        return f"<unprintable {type(error).__name__} object>"


def _lines(trace: TracebackType | None) -> list[str]:
    """The frames of the user's code, outermost first."""
    while trace is not None and trace.tb_frame.f_code.co_filename.startswith(_OURS):
        trace = trace.tb_next
    # From tuples, not a summary: without the marks below the lines, as AWS.
    frames = [tuple(frame) for frame in traceback.extract_tb(trace)]
    return traceback.format_list(frames)  # type: ignore[arg-type]


def _past_import(trace: TracebackType | None) -> TracebackType | None:
    """Without the frames that lead to the handler's module: AWS sends them, nobody reads them."""
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        if not (file.startswith((_OURS, "<frozen importlib")) or file == importlib.__file__):
            break
        trace = trace.tb_next
    return trace
