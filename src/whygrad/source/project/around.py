"""The files of a project that were not named: found by what the named ones import, never listed."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from whygrad.source.project.gitignore import Patterns, is_left_out
from whygrad.source.project.on_disk import FILE, NOTHING, kind_of

_INSTALLED: Final = {"site-packages", "dist-packages"}
_MARKS: Final = ("pyproject.toml", "setup.py", "setup.cfg")


class Disk:
    """What is there by a path. Asked once, and kept, since an answer depends on it."""

    def __init__(self) -> None:
        """Nothing is looked up before it is asked for."""
        self.kinds: dict[str, int] = {}

    def is_file(self, path: str) -> bool:
        """Whether a path is that of a file."""
        return self._kind(path) == FILE

    def is_there(self, path: str) -> bool:
        """Whether there is a file or a folder."""
        return self._kind(path) != NOTHING

    def _kind(self, path: str) -> int:
        if path not in self.kinds:
            self.kinds[path] = kind_of(path)
        return self.kinds[path]


class Around:
    """Where the files of a project lie that none of the given paths holds."""

    def __init__(self, walked: Iterable[str] = (), exclude: tuple[Patterns, ...] = ()) -> None:
        """What is below the `walked` folders is known, so what was left out there stays out."""
        self.disk = Disk()
        self._walked = tuple(f"{folder.rstrip('/')}/" for folder in walked)
        self._exclude = exclude
        self._roots: dict[str, tuple[str, ...]] = {}
        self._absolute: dict[tuple[tuple[str, ...], str], str | None] = {}
        self._relative: dict[str, str | None] = {}

    def absolute(self, folder: str, module: str, roots: Iterable[str]) -> str | None:
        """The file of a module as the files of a folder import it from the first root that has it.
        Roots that lie further out than the project are not looked at.
        """
        if folder not in self._roots:
            self._roots[folder] = tuple(self._within(folder, roots))
        # Most folders of a package see the same.
        key = (self._roots[folder], module)
        if key not in self._absolute:
            self._absolute[key] = self._first(*key)
        return self._absolute[key]

    def relative(self, stem: str) -> str | None:
        """The file of a module by its path without an ending."""
        if stem not in self._relative:
            installed = _INSTALLED & set(stem.split("/"))
            self._relative[stem] = None if installed else self._file(stem)
        return self._relative[stem]

    def _within(self, folder: str, roots: Iterable[str]) -> Iterator[str]:
        limit = self._limit(folder)
        for root in roots:
            if limit is None or not _is_below(root, limit):
                return
            if not self._is_walked(root):
                yield root

    def _first(self, roots: Sequence[str], module: str) -> str | None:
        first, _, rest = module.partition(".")
        for root in roots:
            if rest and not self.disk.is_there(f"{root}/{first}"):
                continue
            found = self._file(f"{root}/{module.replace('.', '/')}")
            if found is not None:
                return found
        return None

    def _file(self, stem: str) -> str | None:
        for path in (f"{stem}/__init__.py", f"{stem}.py"):
            if not self._is_walked(path) and self.disk.is_file(path):
                return None if is_left_out(path, self._exclude) else path
        return None

    def _is_walked(self, path: str) -> bool:
        return f"{path}/".startswith(self._walked) if self._walked else False

    def _limit(self, folder: str) -> str | None:
        """The folder of the repository that a folder lies in; else of its `pyproject.toml`; else
        that of its outermost package, or where we are if that is further out. None for what is
        installed.
        """
        if _INSTALLED & set(folder.split("/")):
            return None
        marked = None
        here, outer = folder, os.path.dirname(folder)  # noqa: PTH120
        while here != outer:
            if self.disk.is_there(f"{here}/.git"):
                return here
            if marked is None and any(self.disk.is_file(f"{here}/{mark}") for mark in _MARKS):
                marked = here
            here, outer = outer, os.path.dirname(outer)  # noqa: PTH120
        if marked is not None:
            return marked
        start = os.getcwd().replace(os.sep, "/")  # noqa: PTH109
        outermost = folder
        while self.disk.is_file(f"{outermost}/__init__.py"):
            outermost = os.path.dirname(outermost)  # noqa: PTH120
        return start if _is_below(outermost, start) else outermost


def _is_below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(f"{folder.rstrip('/')}/")
