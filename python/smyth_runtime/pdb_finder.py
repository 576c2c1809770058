"""`import pdb` in a handler: the module as it is, with those of its functions that open a prompt replaced."""

from __future__ import annotations

import sys
from typing import Any, Callable


class PdbFinder:
    """A finder of sys.meta_path that calls `on_load` with the module `pdb` of the standard library.

    It is loaded as ever and only when somebody imports it: it and what it needs take 10 ms and 2 MB.
    """

    def __init__(self, on_load: Callable[[Any], None]) -> None:
        self._on_load = on_load

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        if name != "pdb":
            return None
        for finder in sys.meta_path:
            spec = None if finder is self else finder.find_spec(name, path, target)
            if spec is not None:
                return self._told(spec)
        return None

    def _told(self, spec: Any) -> Any:
        loader, on_load = spec.loader, self._on_load
        execute = loader.exec_module

        def exec_module(module: Any) -> None:
            execute(module)
            if hasattr(module, "Pdb") and hasattr(module, "post_mortem"):  # The project may have a pdb.py.
                on_load(module)

        loader.exec_module = exec_module  # This loader is for this module alone.
        return spec
