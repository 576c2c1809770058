"""`SmythStarlette` and `create_app`: the original's ASGI application, which `smyth run` replaces."""

from typing import Any

from smyth.exceptions import SmythRuntimeError
from smyth.smyth import replacement


class SmythStarlette:
    """Cannot be made: the server is the native program."""

    def __init__(self, *_arguments: Any, **_options: Any) -> None:
        raise SmythRuntimeError(replacement("SmythStarlette()"))


def create_app(*_arguments: Any, **_options: Any) -> Any:
    raise SmythRuntimeError(replacement("create_app()"))
