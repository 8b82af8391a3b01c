"""Where an import of one file leads: to a file of the project, or of an installed package."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from whygrad.source.project.around import Around, Disk
from whygrad.source.project.on_disk import names_in


class Layout:
    """The files of a project by path. Nothing is imported; an import is followed by its path."""

    def __init__(
        self,
        files: Iterable[str],
        installed: tuple[str, ...] | None = None,
        around: Around | None = None,
    ) -> None:
        """`installed` are folders in which packages are looked for: by default, ours. With `around`
        an import may also lead to a file of the same project that is none of `files`.
        """
        self.files = frozenset(files)
        self.installed = installed_folders() if installed is None else installed
        self._around = around
        self._disk = around.disk if around is not None else Disk()
        self._found: dict[tuple[str, str], str | None] = {}
        self._own: dict[tuple[str, str], str | None] = {}
        self._roots: dict[str, tuple[str, ...]] = {}

    @property
    def looked_up(self) -> Mapping[str, int]:
        """What was there, and what was not, where files were looked for."""
        return self._disk.kinds

    def add(self, files: Iterable[str]) -> None:
        """Take in files that lie around."""
        self.files |= frozenset(files)
        for known in (self._found, self._own, self._roots):
            known.clear()

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

    def around(self, path: str, module: str) -> str | None:
        """The same among the files of the project that were not named: looked up on the disk."""
        if self._around is None:
            return None
        folder = path.rpartition("/")[0]
        name = module.lstrip(".")
        if name == module:
            return self._around.absolute(folder, module, self._search(folder))
        for _ in range(len(module) - len(name) - 1):
            folder = folder.rpartition("/")[0]
        below = name.replace(".", "/")
        return self._around.relative(f"{folder}/{below}" if name else folder)

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
        beside = self.around(f"{folder}/", module)
        if beside is not None:
            return beside
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
        while self._is_file(f"{folder}/__init__.py"):
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
        return path in self.files or self._disk.is_file(path)


@lru_cache(maxsize=1)
def installed_folders() -> tuple[str, ...]:
    """The folders of installed packages: of the active virtual environment, then of ours."""
    folders = []
    active = os.environ.get("VIRTUAL_ENV")
    if active:
        # Its Python need not be ours: whygrad may be installed apart from what it reads.
        ours = f"python{sys.version_info[0]}.{sys.version_info[1]}"
        others = [name for name in names_in(f"{active}/lib") if name.startswith("python")]
        folders += [f"{active}/lib/{name}/site-packages" for name in (ours, *others)]
        folders += [f"{active}/Lib/site-packages"]
    folders += [p for p in sys.path if p.rstrip("/\\").endswith(("site-packages", "dist-packages"))]
    return tuple(dict.fromkeys(f for f in folders if os.path.isdir(f)))  # noqa: PTH112
