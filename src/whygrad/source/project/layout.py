"""Where an import of one file leads: to a file of the project, or of an installed package."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from functools import lru_cache


class Layout:
    """The files of a project by path. Nothing is imported; an import is followed by its path."""

    def __init__(self, files: Iterable[str], installed: tuple[str, ...] | None = None) -> None:
        """`installed` are folders in which packages are looked for: by default, ours."""
        self.files = frozenset(files)
        self.installed = installed_folders() if installed is None else installed
        self._found: dict[tuple[str, str], str | None] = {}
        self._own: dict[tuple[str, str], str | None] = {}
        self._roots: dict[str, tuple[str, ...]] = {}
        self._exists: dict[str, bool] = {}

    def find(self, path: str, module: str) -> str | None:
        """The file of a module as `path` imports it: absolute, or with its leading dots."""
        if not module.startswith("."):
            # All files of a folder see the same.
            folder = os.path.dirname(path)  # noqa: PTH120
            key = (folder, module)
            if key not in self._found:
                self._found[key] = self._absolute(folder, module)
            return self._found[key]
        name = module.lstrip(".")
        folder = path
        for _ in range(len(module) - len(name)):
            folder = os.path.dirname(folder)  # noqa: PTH120
        return self._file(f"{folder}/{name.replace('.', '/')}" if name else folder)

    def own(self, path: str, module: str) -> str | None:
        """The same among the files of the project alone: no look at the disk."""
        folder = path.rpartition("/")[0]
        key = (folder, module)
        if key not in self._own:
            self._own[key] = self._own_file(folder, module)
        return self._own[key]

    def _own_file(self, folder: str, module: str) -> str | None:
        name = module.lstrip(".")
        below = name.replace(".", "/")
        if name == module:
            roots = self._search(folder)
            found = (self._file(f"{root}/{below}", ours=True) for root in roots)
            return next((file for file in found if file is not None), None)
        for _ in range(len(module) - len(name) - 1):
            folder = folder.rpartition("/")[0]
        return self._file(f"{folder}/{below}" if name else folder, ours=True)

    def module_name(self, path: str) -> str:
        """The dotted name of a file, from the folders that are packages."""
        folder, file = os.path.split(path)
        stem = os.path.splitext(file)[0]  # noqa: PTH122
        parts = [] if stem == "__init__" else [stem]
        while self._is_file(f"{folder}/__init__.py"):
            folder, name = os.path.split(folder)
            parts.append(name)
        return ".".join(reversed(parts)) or os.path.basename(os.path.dirname(path))  # noqa: PTH119, PTH120

    def is_installed(self, path: str) -> bool:
        """Whether a file is no part of the project."""
        return path not in self.files

    def _absolute(self, folder: str, module: str) -> str | None:
        below = module.replace(".", "/")
        for root in self._search(folder):
            found = self._file(f"{root}/{below}", ours=True)
            if found is not None:
                return found
        for root in self.installed:
            # A folder is looked at once, not once for every module that is not in it.
            if self._is_file(f"{root}/{below.partition('/')[0]}/__init__.py") or "/" not in below:
                found = self._file(f"{root}/{below}")
                if found is not None:
                    return found
        return None

    def _search(self, folder: str) -> tuple[str, ...]:
        """Where a file's imports may lead: beside its package, then further up, and to `src`."""
        if folder not in self._roots:
            self._roots[folder] = tuple(self._climb(folder))
        return self._roots[folder]

    def _climb(self, folder: str) -> Iterator[str]:
        while f"{folder}/__init__.py" in self.files:
            folder = os.path.dirname(folder)  # noqa: PTH120
        while True:
            yield folder
            yield f"{folder}/src"
            outer = os.path.dirname(folder)  # noqa: PTH120
            if outer == folder:
                return
            folder = outer

    def _file(self, stem: str, *, ours: bool = False) -> str | None:
        for path in (f"{stem}/__init__.py", f"{stem}.py"):
            if path in self.files or (not ours and self._is_file(path)):
                return path
        return None

    def _is_file(self, path: str) -> bool:
        if path in self.files:
            return True
        if path not in self._exists:
            self._exists[path] = os.path.isfile(path)  # noqa: PTH113
        return self._exists[path]


@lru_cache(maxsize=1)
def installed_folders() -> tuple[str, ...]:
    """The folders of installed packages: of the active virtual environment, then of ours."""
    folders = []
    active = os.environ.get("VIRTUAL_ENV")
    if active:
        version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
        folders += [f"{active}/lib/{version}/site-packages", f"{active}/Lib/site-packages"]
    folders += [p for p in sys.path if p.rstrip("/\\").endswith(("site-packages", "dist-packages"))]
    return tuple(dict.fromkeys(f for f in folders if os.path.isdir(f)))  # noqa: PTH112
