"""Which of the project's files have been loaded, from source, since the server was last told."""

import os
from importlib.machinery import SourceFileLoader
from typing import Any, Dict, List, Optional

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


def watch_project(root: Optional[str], loaded: LoadedModules) -> "Project":
    """From here on modules below `root` are compiled from their source, and noted in `loaded`.

    The loader itself is changed, so that it holds however a module is found: on the path, by the
    finder of an editable installation, or by `spec_from_file_location`.
    """
    project = Project(root)
    path_stats = SourceFileLoader.path_stats

    def stats_of_others(self: Any, path: str) -> Any:
        if path in project:
            # Called just before the file is read: a change in between shows in the report.
            loaded.add(path)
            raise OSError  # A .pyc is validated by whole seconds: quick edits would run old code.
        return path_stats(self, path)

    SourceFileLoader.path_stats = stats_of_others  # type: ignore[method-assign, assignment]
    return project


class Project:
    """The files below the folder `root`; installed packages are not the project's."""

    def __init__(self, root: Optional[str]) -> None:
        self.root = root  # None: nothing is the project's.
        self._folders: Dict[str, bool] = {}  # Those that have another name.

    def __contains__(self, path: str) -> bool:
        if self.root is None:
            return False
        if path.startswith(self.root) and path[len(self.root):len(self.root) + 1] in ("/", ""):
            return _is_own(path[len(self.root):])
        if os.path.islink(path):
            return self._holds(os.path.dirname(os.path.realpath(path)))
        folder = os.path.dirname(path)
        known = self._folders.get(folder)
        if known is None:
            known = self._folders[folder] = self._holds(os.path.realpath(folder))
        return known

    def _holds(self, folder: str) -> bool:
        root = os.path.join(os.path.realpath(self.root or ""), "")
        below = os.path.join(folder, "")
        return below.startswith(root) and _is_own(below[len(root):])


def _is_own(path: str) -> bool:
    parts = path.split("/")
    return not any(name in parts for name in _NOT_THE_PROJECTS)
