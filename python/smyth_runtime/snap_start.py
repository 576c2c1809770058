"""The hooks of SnapStart: what a handler's modules have registered with `snapshot_restore_py`."""

from __future__ import annotations

import os
import sys

from smyth_runtime.errors import Fault


def run_hooks() -> None:
    """Between init and the first event, where the function has SnapStart. Raises Fault if one fails."""
    if os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") != "snap-start":
        return
    registry = sys.modules["snapshot_restore_py"]
    before = registry.get_before_snapshot()
    try:
        while before:  # The one registered last comes first.
            function, arguments, named = before.pop()
            function(*arguments, **named)
    except Exception as error:
        raise _fault("Runtime.BeforeSnapshotError", error) from error
    try:
        for function, arguments, named in registry.get_after_restore():
            function(*arguments, **named)
    except Exception as error:
        raise _fault("Runtime.AfterRestoreError", error) from error


def _fault(kind: str, error: Exception) -> Fault:
    return Fault(kind, f"{type(error).__name__}: {error}")
