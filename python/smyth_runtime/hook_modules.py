"""Which of the project's files have been loaded, from source, since the server was last told."""

import importlib.machinery
import os
import sys
import threading
from typing import Any, List, Optional, Sequence

_NOT_THE_PROJECTS = ("site-packages", "dist-packages", "node_modules", "__pycache__")


class LoadedModules:
    """Lines as frame.h has them, of files that were read; the time is from before the reading."""

    def __init__(self) -> None:
        self._lines: List[str] = []
        self._lock = threading.Lock()

    def add(self, path: str) -> None:
        try:
            status = os.stat(path)
        except OSError:
            return
        with self._lock:
            self._lines.append(f"{status.st_mtime_ns} {status.st_size} {path}\n")

    def drain(self) -> str:
        with self._lock:
            lines, self._lines = self._lines, []
        return "".join(lines)


def watch_project(root: str, loaded: LoadedModules) -> None:
    """From here on modules below `root` are compiled from their source, and noted in `loaded`."""
    sys.meta_path.insert(0, _ProjectFinder(os.path.join(os.path.realpath(root), ""), loaded))


class _ProjectFinder:
    def __init__(self, root: str, loaded: LoadedModules) -> None:
        self._root = root
        self._loaded = loaded

    def find_spec(self, name: str, path: Optional[Sequence[str]] = None, target: Any = None) -> Any:
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec is None or not isinstance(spec.loader, importlib.machinery.SourceFileLoader):
            return spec
        file = os.path.realpath(spec.loader.path)
        if file.startswith(self._root) and not any(
                part in _NOT_THE_PROJECTS or part == ".venv" for part in file.split(os.sep)):
            spec.loader = _SourceLoader(name, spec.loader.path)
            spec.loader.loaded = self._loaded
            spec.cached = None
        return spec


class _SourceLoader(importlib.machinery.SourceFileLoader):
    loaded: LoadedModules

    def path_stats(self, path: str) -> Any:
        raise OSError  # A .pyc is validated by whole seconds: quick edits would run old code.

    def get_data(self, path: str) -> bytes:
        self.loaded.add(path)
        return super().get_data(path)
