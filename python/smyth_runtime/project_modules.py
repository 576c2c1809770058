"""Which of the project's files have been loaded, from source, since the server was last told."""

import os
from importlib.machinery import SourceFileLoader
from typing import Any, Dict, List

_NOT_THE_PROJECTS = ("site-packages", "dist-packages", "node_modules", "__pycache__", ".venv")


class LoadedModules:
    """Lines as frame.h has them, of files that were read; the time is from before the reading."""

    def __init__(self) -> None:
        self.lines: List[str] = []  # May be looked at by any thread; appending is atomic.

    def add(self, path: str) -> None:
        try:
            status = os.stat(path)
        except OSError:
            return
        self.lines.append(f"{status.st_mtime_ns} {status.st_size} {path}\n")

    def drain(self) -> str:
        taken: List[str] = []
        while self.lines:
            taken.append(self.lines.pop(0))
        return "".join(taken)


def watch_project(root: str, loaded: LoadedModules) -> None:
    """From here on modules below `root` are compiled from their source, and noted in `loaded`.

    The loader itself is changed, so that it holds however a module is found: on the path, by the
    finder of an editable installation, or by `spec_from_file_location`.
    """
    project = _Project(root)
    path_stats = SourceFileLoader.path_stats

    def stats_of_others(self: Any, path: str) -> Any:
        if path in project:
            # Called just before the file is read: a change in between shows in the report.
            loaded.add(path)
            raise OSError  # A .pyc is validated by whole seconds: quick edits would run old code.
        return path_stats(self, path)

    SourceFileLoader.path_stats = stats_of_others  # type: ignore[method-assign, assignment]


class _Project:
    """The files below a folder, by their real path; installed packages are not the project's."""

    def __init__(self, root: str) -> None:
        self._root = os.path.join(os.path.realpath(root), "")
        self._folders: Dict[str, bool] = {}

    def __contains__(self, path: str) -> bool:
        folder = os.path.dirname(os.path.abspath(path))
        if os.path.islink(path):
            return self._holds(os.path.dirname(os.path.realpath(path)))
        known = self._folders.get(folder)
        if known is None:
            known = self._folders[folder] = self._holds(os.path.realpath(folder))
        return known

    def _holds(self, folder: str) -> bool:
        below = os.path.join(folder, "")
        return below.startswith(self._root) and not any(
            part in _NOT_THE_PROJECTS for part in below[len(self._root):].split(os.sep))
