"""From the configured handler to the user's function."""

from __future__ import annotations

import importlib
import sys
import traceback
from typing import Any, Callable

from smyth_runtime.errors import Fault


def load_handler(path: str) -> Callable[[Any, Any], Any]:
    """Imports the module of `package.module.function` (or `package/module.function`).

    Raises Fault with AWS's words, or whatever the module raised.
    """
    module_name, dot, name = path.rpartition(".")
    if not dot:
        raise Fault("Runtime.MalformedHandlerName",
                    f"Bad handler '{path}': not enough values to unpack (expected 2, got 1)")
    if module_name.partition(".")[0] in sys.builtin_module_names:
        raise Fault("Runtime.BuiltInModuleConflict",
                    f"Cannot use built-in module {module_name} as a handler module")
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except ImportError as error:
        raise Fault("Runtime.ImportModuleError",
                    f"Unable to import module '{module_name}': {error}") from _shown(error)
    except SyntaxError as error:
        place = f'  File "{error.filename}" Line {error.lineno}\n    {error.text}'
        raise Fault("Runtime.UserCodeSyntaxError",
                    f"Syntax error in module '{module_name}': {error}", [place]) from None
    try:
        return getattr(module, name)  # type: ignore[no-any-return]
    except AttributeError:
        raise Fault("Runtime.HandlerNotFound",
                    f"Handler '{name}' missing on module '{module_name}'") from None


def _shown(error: ImportError) -> ImportError | None:
    """The error where it says more than its message: raised by an import within the user's modules."""
    is_within = any(not frame.f_code.co_filename.startswith("<frozen importlib")
                    and "smyth_runtime" not in frame.f_code.co_filename
                    and not frame.f_code.co_filename.endswith("importlib/__init__.py")
                    for frame, _ in traceback.walk_tb(error.__traceback__))
    return error if is_within else None
