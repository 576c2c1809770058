"""`python -m smyth ...` becomes `smyth ...`: finds the native program and executes it."""

import os
import shutil
import sys
from typing import Iterator, List, NoReturn, Optional

_HERE = os.path.dirname(os.path.abspath(__file__))
_OPTIONS_WITH_VALUE = ("--host", "--port", "--log-level", "--config", "--record")


def find_binary() -> Optional[str]:
    """The native program: $SMYTH_BINARY, beside the package, the repository's build, PATH."""
    named = os.environ.get("SMYTH_BINARY")
    if named:
        return named if _is_native(named) else None
    return next((path for path in _places() if _is_native(path)), None)


def _places() -> Iterator[str]:
    yield os.path.join(_HERE, "bin", "smyth")
    yield os.path.join(os.path.dirname(sys.executable), "smyth")
    yield os.path.join(_HERE, "..", "..", "build", "smyth")
    yield shutil.which("smyth") or ""


def _is_native(path: str) -> bool:
    # A script named smyth may lead back here.
    try:
        with open(path, "rb") as file:
            return file.read(4) == b"\x7fELF" and os.access(path, os.X_OK)
    except OSError:
        return False


def application_argument(arguments: List[str]) -> Optional[str]:
    """The `module:app` of `run module:app`, which the original serves."""
    if arguments[:1] != ["run"]:
        return None
    rest = iter(arguments[1:])
    for argument in rest:
        if argument in _OPTIONS_WITH_VALUE:
            next(rest, None)
        elif not argument.startswith("-"):
            return argument
    return None


def _fail(error: str, hint: str, code: int) -> NoReturn:
    sys.stderr.write(f"error: {error}\nhint: {hint}\n")
    sys.exit(code)


def main() -> NoReturn:
    arguments = sys.argv[1:]
    application = application_argument(arguments)
    if application is not None:
        _fail(f"`run {application}`: applications of one's own are not served",
              "write the functions into [tool.smyth.handlers.NAME] of pyproject.toml, then `smyth run`", 2)
    binary = find_binary()
    if binary is None:
        named = os.environ.get("SMYTH_BINARY")
        _fail(f"SMYTH_BINARY is no executable of smyth: {named}" if named else "the program smyth is not found",
              "build it with `make`, or set SMYTH_BINARY to its path", 1)
    binary = os.path.realpath(binary)
    os.execv(binary, [binary, *arguments])


if __name__ == "__main__":
    main()
