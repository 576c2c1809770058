"""From a dotted path in the configuration to the user's callable."""

import difflib
import importlib
import threading
from typing import Any, Callable, Dict, List

from smyth_runtime.hook_error import HookError

_STARLETTE_HINT = (
    "hint: hooks need no Starlette: import `Request` from `smyth.types`, or install starlette")


class HookPaths:
    """Imports each hook once. A path that failed is tried anew when it is next asked for."""

    def __init__(self) -> None:
        self._found: Dict[str, Callable[..., Any]] = {}
        self._lock = threading.Lock()

    def known(self, path: str) -> Any:
        """The callable if it has been imported before, else None. Never blocks."""
        return self._found.get(path)

    def load(self, path: str) -> Callable[..., Any]:
        """The callable; runs the user's module where it is new. Raises HookError, or what it raised."""
        found = self._found.get(path)
        if found is None:
            found = _resolve(path)
            with self._lock:
                found = self._found.setdefault(path, found)
        return found


def _resolve(path: str) -> Callable[..., Any]:
    parts = path.split(".")
    if "<lambda>" in path or "<locals>" in path:
        raise HookError(f"hook `{path}`: a lambda or inner function has no path of its own; "
                        "define it with `def` at the top level of a module")
    if len(parts) < 2 or not all(part.isidentifier() for part in parts):
        raise HookError(f"hook `{path}` is not a dotted path: write `package.module.function`")
    value: Any
    # The longest part that is a module; what follows are attributes (a class's method, say).
    for count in range(len(parts) - 1, 0, -1):
        module = ".".join(parts[:count])
        if _is_absent(module, path):
            continue
        value = importlib.import_module(module)
        return _attribute(value, parts[count:], path)
    raise HookError(f"hook `{path}`: no module named `{parts[0]}` in the project or its Python")


def _is_absent(module: str, path: str) -> bool:
    try:
        importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name and (module == error.name or module.startswith(f"{error.name}.")):
            return True
        if error.name and error.name.partition(".")[0] == "starlette":
            raise HookError(f"hook `{path}`: {error}\n{_STARLETTE_HINT}") from None
        raise
    return False


def _attribute(value: Any, names: List[str], path: str) -> Callable[..., Any]:
    for name in names:
        if not hasattr(value, name):
            raise HookError(f"hook `{path}`: {_owner(value)} has no `{name}`{_nearest(value, name)}")
        value = getattr(value, name)
    if not callable(value):
        raise HookError(f"hook `{path}` is {type(value).__name__}, not a function")
    return value


def _owner(value: Any) -> str:
    return f"`{getattr(value, '__name__', type(value).__name__)}`"


def _nearest(value: Any, name: str) -> str:
    near = difflib.get_close_matches(name, dir(value), 1)
    return f"; did you mean `{near[0]}`?" if near else ""
