"""The hooks of SnapStart: what a handler's modules have registered with `snapshot_restore_py`."""

from __future__ import annotations

import sys
from typing import Any

from smyth_runtime.errors import Fault


def before_snapshot() -> None:
    """Runs the hooks for it. Raises Fault if one fails."""
    hooks = list(_registered("get_before_snapshot"))
    hooks.reverse()  # The one registered last comes first.
    _run(hooks, "Runtime.BeforeSnapshotError")


def after_restore() -> None:
    """Likewise."""
    _run(_registered("get_after_restore"), "Runtime.AfterRestoreError")


def _registered(which: str) -> list[Any]:
    registry = sys.modules.get("snapshot_restore_py")  # Whoever has hooks has imported it.
    return getattr(registry, which)() if registry is not None else []


def _run(hooks: list[Any], kind: str) -> None:
    try:
        for function, arguments, named in hooks:
            function(*arguments, **named)
    except Exception as error:
        raise Fault(kind, f"{type(error).__name__}: {error}") from error
