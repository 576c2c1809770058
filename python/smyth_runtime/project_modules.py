"""Which of the project's files have been loaded, from source, since the server was last told."""

import os
from importlib.machinery import SourceFileLoader
from typing import Any, Dict, List, Optional, Tuple

_NOT_THE_PROJECTS = ("site-packages", "dist-packages", "node_modules", "__pycache__", ".venv")
# The standard library and this very package: whoever starts the server in `/` or in their home has
# them below that folder.
_FOREIGN = (os.path.dirname(os.__file__),
            os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
# But for the rehearsal's module, which stands for a project's.
REHEARSED = os.path.join(os.path.dirname(os.path.abspath(__file__)), "rehearsed")


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


def watch_project(roots: Tuple[str, ...], loaded: LoadedModules) -> "Project":
    """From here on modules below `roots` are compiled from their source, and noted in `loaded`.

    The loader itself is changed, so that it holds however a module is found: on the path, by the
    finder of an editable installation, or by `spec_from_file_location`.
    """
    project = Project(roots)
    path_stats = SourceFileLoader.path_stats

    def stats_of_others(self: Any, path: str) -> Any:
        if path in project:
            # Called just before the file is read: a change in between shows in the report.
            loaded.add(path)
            raise OSError  # A .pyc is validated by whole seconds: quick edits would run old code.
        return path_stats(self, path)

    SourceFileLoader.path_stats = stats_of_others  # type: ignore[method-assign, assignment]
    return project


def roots_of(start: Dict[str, Any]) -> Tuple[str, ...]:
    """Where a start frame says that the user's code is: the project, and where the server was started."""
    project, cwd = start["project"], start["cwd"]
    return (project,) if _suffix(cwd, project) is not None else (project, cwd)


class Project:
    """The files below some folders; Python's own, ours and installed packages are not the project's."""

    def __init__(self, roots: Tuple[str, ...]) -> None:
        self.renew(roots)

    def renew(self, roots: Tuple[str, ...]) -> None:
        self.roots = roots
        self._folders: Dict[str, bool] = {}  # Those that have another name.

    def __contains__(self, path: str) -> bool:
        for root in self.roots:
            suffix = _suffix(path, root)
            if suffix is not None:
                return _is_own(suffix) and not _is_foreign(path)
        if not self.roots or _is_foreign(path):
            return False
        if os.path.islink(path):
            return self._holds(os.path.dirname(os.path.realpath(path)))
        folder = os.path.dirname(path)
        known = self._folders.get(folder)
        if known is None:
            known = self._folders[folder] = self._holds(os.path.realpath(folder))
        return known

    def _holds(self, folder: str) -> bool:
        for root in self.roots:
            suffix = _suffix(folder, os.path.realpath(root))
            if suffix is not None:
                return _is_own(suffix) and not _is_foreign(folder)
        return False


def _suffix(path: str, folder: str) -> Optional[str]:
    """What follows if the path is the folder or below it."""
    folder = folder.rstrip("/")
    is_below = path.startswith(folder) and path[len(folder):len(folder) + 1] in ("/", "")
    return path[len(folder):] if is_below else None


def _is_own(path: str) -> bool:
    parts = path.split("/")
    return not any(name in parts for name in _NOT_THE_PROJECTS)


def _is_foreign(path: str) -> bool:
    is_foreign = any(_suffix(path, folder) is not None for folder in _FOREIGN)
    return is_foreign and _suffix(path, REHEARSED) is None
