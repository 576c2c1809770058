"""The names that hooks, handlers and tests written for Smyth import from `smyth`.

The simulator itself is the native program `smyth`; `python -m smyth` runs it. The library use of the
original (`Smyth().add_handler(...)`) has no counterpart: see `smyth.smyth`.
"""

from typing import Any


def __getattr__(name: str) -> Any:
    # Late, so that a plain `import smyth.types` stays light.
    if name == "Smyth":
        from smyth.smyth import Smyth

        return Smyth
    if name == "SmythStarlette":
        from smyth.server.app import SmythStarlette

        return SmythStarlette
    raise AttributeError(f"module 'smyth' has no attribute {name!r}")
