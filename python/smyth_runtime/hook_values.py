"""From the JSON of the server to what hooks are given, and from what they return to JSON."""

import json
import re
from enum import Enum
from typing import Any, Dict, Optional

from smyth.runner.process import RunnerProcess
from smyth.types import SmythHandler, SmythHandlerState
from smyth_runtime.hook_error import HookError
from smyth_runtime.url_path import compiled_path

_STATES = {state.value: state for state in SmythHandlerState}


def function_of(head: Dict[str, Any]) -> SmythHandler:
    """`smyth_handler`, from the member "function" of a frame's head."""
    template = head.get("url_path") or ""
    return SmythHandler(
        name=head["name"],
        lambda_handler_path=head.get("handler_path", ""),
        url_path=compiled_path(template),
        timeout=head.get("timeout") or None,
        log_level=head.get("log_level") or "INFO",
        concurrency=head.get("concurrency", 1),
        env_overrides=head.get("env"),
        url_template=template,
    )


def update_process(process: RunnerProcess, head: Dict[str, Any]) -> RunnerProcess:
    """Makes `process` what the server says of the slot."""
    process.name = head["name"]
    process.state = _STATES[head["state"]]
    process.task_counter = head["task_counter"]
    process.last_used_timestamp = head["last_used_timestamp"]
    process.idle_since = head["idle_since"]
    return process


def process_of(head: Dict[str, Any]) -> RunnerProcess:
    return update_process(RunnerProcess(head["name"]), head)


def event_json(value: Any, hook: str) -> str:
    """The event as JSON text."""
    return _dump(value, f"event function `{hook}`", None)


def context_json(value: Any, hook: str) -> str:
    """The context, an object, as JSON text."""
    if not isinstance(value, dict):
        raise HookError(
            f"context function `{hook}` returned {type(value).__name__}; it must return a dict")
    return _dump(value, f"context function `{hook}`", _described)


def _described(value: Any) -> Any:
    # asdict(smyth_handler) in a context is common; it holds functions and a pattern.
    if isinstance(value, re.Pattern):
        return value.pattern
    if isinstance(value, Enum):
        return value.value
    if callable(value) and hasattr(value, "__qualname__"):
        return f"{value.__module__}.{value.__qualname__}"
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


def _dump(value: Any, what: str, default: Any) -> str:
    try:
        return json.dumps(value, default=default, allow_nan=False)
    except RecursionError:
        raise HookError(f"{what}: what it returned is nested too deeply for JSON") from None
    except (TypeError, ValueError) as error:
        place = _bad_place(value, default)
        where = f" (at {place})" if place else ""
        raise HookError(f"{what}: what it returned is not JSON: {error}{where}") from None


def _bad_place(value: Any, default: Any, place: str = "", depth: int = 0) -> Optional[str]:
    """Where in `value` the first thing lies that is not JSON: `['a'][0]`."""
    inner: Any = ()
    if isinstance(value, dict):
        inner = value.items()
    elif isinstance(value, (list, tuple)):
        inner = enumerate(value)
    elif depth:
        try:
            json.dumps(value, default=default, allow_nan=False)
        except (TypeError, ValueError):
            return place
    if depth < 32:
        for key, below in inner:
            found = _bad_place(below, default, f"{place}[{key!r}]", depth + 1)
            if found:
                return found
    return None
