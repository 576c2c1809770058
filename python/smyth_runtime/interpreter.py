"""Makes a forked interpreter what the configuration says: variables, folder, search path."""

from __future__ import annotations

import os
import sys
import time
from typing import Any

_OUR_FOLDER = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


class Interpreter:
    """What the zygote's interpreter is before any of that. Made before the fork, adopted after it."""

    def __init__(self, plain_modules: frozenset[str]) -> None:
        # Ours comes before what is installed: the `smyth` that hooks and handlers import is this one.
        servers = _python_path(os.environ)
        self._path = [_OUR_FOLDER] + [
            path for path in sys.path if path not in ("", _OUR_FOLDER, *servers)]
        # Loaded early, for speed: the project may have modules of these names, and they win.
        self._early = {name for name in sys.modules
                       if "." not in name and name not in plain_modules and name != "smyth_runtime"}
        self._time_zone = os.environ._data.get(b"TZ")

    def adopt(self, spec: dict[str, Any]) -> None:
        variables = spec["environ"]
        variables.setdefault(
            "AWS_EXECUTION_ENV", f"AWS_Lambda_python{sys.version_info[0]}.{sys.version_info[1]}")
        data = replace_environ(variables)
        if data.get(b"TZ") != self._time_zone:
            time.tzset()
        os.chdir(spec["cwd"])
        sys.argv = [spec["handler"]]
        sys.dont_write_bytecode = bool(data.get(b"PYTHONDONTWRITEBYTECODE"))
        first = spec["sys_path"]
        if "layers" in spec:
            first = first + _layers_path(spec["layers"])
        if data.get(b"PYTHONPATH"):
            first = first + _python_path(os.environ)
        sys.path[:] = first + self._path
        for folder in first:
            self._make_room(folder)

    def _make_room(self, folder: str) -> None:
        try:
            names = {name.partition(".")[0] for name in os.listdir(folder)}
        except OSError:
            return
        for name in names & self._early:
            if os.path.exists(os.path.join(folder, f"{name}.py")) or os.path.exists(
                    os.path.join(folder, name, "__init__.py")):
                for loaded in [each for each in sys.modules if each.partition(".")[0] == name]:
                    del sys.modules[loaded]


def replace_environ(variables: dict[str, str]) -> dict[bytes, bytes]:
    """Makes these the process's variables; returns what is behind os.environ."""
    # Beside `clear` and `update`, which take longer and touch more of the memory that is shared.
    data = os.environ._data  # type: ignore[attr-defined]
    for name in data:
        os.unsetenv(name)
    data.clear()
    for text, value in variables.items():
        name = text.encode("utf-8", "surrogateescape")
        data[name] = value.encode("utf-8", "surrogateescape")
        os.putenv(name, data[name])
    return data


def _layers_path(layers: str) -> list[str]:
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    return [f"{layers}/python/lib/{version}/site-packages", f"{layers}/python"]


def _python_path(environ: Any) -> list[str]:
    return [os.path.abspath(path) for path in environ.get("PYTHONPATH", "").split(os.pathsep) if path]
