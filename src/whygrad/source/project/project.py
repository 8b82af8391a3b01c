"""A project: its files, what they are called, and their facts, also of installed packages."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from whygrad.source.facts.model import FileFacts, unpack
from whygrad.source.facts.signs import CONTAINER, IGNORES, joined
from whygrad.source.files import decode, encoded
from whygrad.source.module import SourceModule
from whygrad.source.project.around import Around
from whygrad.source.project.cache import Cache
from whygrad.source.project.discover import discover
from whygrad.source.project.gitignore import Patterns
from whygrad.source.project.layout import Layout
from whygrad.source.project.notebook import Notebook, read_notebook
from whygrad.source.project.on_disk import read_bytes
from whygrad.source.project.reading import default_jobs, reaching, read_all, read_around
from whygrad.source.project.scanning import Look, Scanned, digest_of, scan


class Project:
    """The facts of files by absolute path. A file outside of it is read when it is asked for."""

    def __init__(
        self, scanned: Mapping[str, Scanned], layout: Layout, shown: Mapping[str, str]
    ) -> None:
        """`shown` are the paths as the person gave them."""
        self._scanned = dict(scanned)
        self.layout = layout
        self.around = frozenset(scanned.keys() - shown.keys())
        """Files that are read since others import them, and of which nothing is told."""
        self._shown = {**shown, **{path: _relative(path) for path in sorted(self.around)}}
        self._facts: dict[str, FileFacts | None] = {}
        self._texts: dict[str, bytes] = {}
        self._modules: dict[str, SourceModule | None] = {}
        self._notebooks: dict[str, Notebook] = {}
        self._named: set[str] | None = None
        self.frameworks = reaching(scanned, layout)
        """The files that reach a framework, and which."""
        self.kept = joined(s.signs for s in scanned.values())
        """What helpers give that may be a container, as signs of the classes that keep it."""
        self.asking: set[str] = set()
        """The folders in which it was looked for what the project asks for."""
        self.answers: dict[object, object] = {}
        """Answers to questions that go over several files."""

    def files(self, *signs: str) -> Iterator[str]:
        """The project's files that reach a framework, in order; only those that show a sign."""
        wanted = frozenset(signs)
        kept = self.kept if CONTAINER in wanted else frozenset()
        for path, scanned in self._scanned.items():
            if path not in self._shown or path not in self.frameworks:
                continue
            if not wanted or not scanned.signs.isdisjoint(wanted | kept):
                yield path

    def importers(self, paths: Collection[str]) -> Iterator[str]:
        """The project's files that import one of these, and are none of them."""
        for path in self.files():
            if path in paths:
                continue
            found = (self.layout.own(path, name) for name in self._scanned[path].imported)
            if any(target in paths for target in found):
                yield path

    def ignoring(self) -> Iterator[str]:
        """The files that may say of a line that it is meant so."""
        return (path for path in self.files(IGNORES))

    def notebook(self, shown: str) -> Notebook | None:
        """Where the cells of a notebook lie, by the path that locations in it carry."""
        if not shown.endswith(".ipynb"):
            return None
        if shown not in self._notebooks:
            paths = [path for path, name in self._shown.items() if name == shown]
            with suppress(OSError, ValueError):
                self._notebooks[shown] = read_notebook(self._bytes(paths[0] if paths else shown))
        return self._notebooks.get(shown)

    def outside(self) -> list[str]:
        """The files that were read and are not the project's."""
        return sorted(
            path
            for path in self._facts.keys() | self._modules | self.around
            if path not in self._shown or path in self.around
        )

    def is_own(self, path: str) -> bool:
        """Whether a file is one of the project's."""
        return path in self._shown

    def unreadable(self) -> Iterator[tuple[str, str]]:
        """The files that could not be read, and why."""
        for path, scanned in self._scanned.items():
            if scanned.error and path not in self.around:
                yield self._shown[path], scanned.error

    def shown(self, path: str) -> str:
        """A path as the person gave it, or relative to where we are."""
        return self._shown[path] if path in self._shown else _relative(path)

    def is_named(self, shown: str) -> bool:
        """Whether a location, by the path that it carries, is in a file that was asked about."""
        if self._named is None:
            self._named = {self._shown[path] for path in self._shown.keys() - self.around}
        return shown in self._named

    def facts(self, path: str) -> FileFacts | None:
        """The facts of a file; None where it is not Python, or cannot be read."""
        if path not in self._facts:
            self._facts[path] = self._read(path)
        return self._facts[path]

    def module(self, path: str) -> SourceModule | None:
        """The file parsed again, to look closely; its locations carry the path as shown."""
        if path not in self._modules:
            self._modules[path] = self._parsed(path)
        return self._modules[path]

    def text(self, path: str) -> str:
        """The text of a file, for a quick search; empty where it cannot be read."""
        try:
            return self._bytes(path).decode("utf-8", "replace")
        except OSError:
            return ""

    def remember(self, contents: Mapping[str, bytes]) -> None:
        """Take the content of what is no file."""
        self._texts.update(contents)

    def _bytes(self, path: str) -> bytes:
        return self._texts[path] if path in self._texts else read_bytes(path)

    def _read(self, path: str) -> FileFacts | None:
        scanned = self._scanned.get(path)
        if scanned is None or (not scanned.facts and not scanned.error):
            try:
                data = self._bytes(path)
            except OSError:
                return None
            scanned = scan(path, data, digest_of(data), Look.FACTS)
        if not scanned.facts:
            return None
        try:
            return unpack(scanned.facts)
        except (ValueError, EOFError, TypeError):
            return None

    def _parsed(self, path: str) -> SourceModule | None:
        try:
            data = self._bytes(path)
            text = read_notebook(data).text if path.endswith(".ipynb") else decode(data)[0]
            return SourceModule(self.shown(path), text)
        except (OSError, SyntaxError, ValueError, LookupError, RecursionError, MemoryError):
            return None


def _relative(path: str) -> str:
    relative = os.path.relpath(path)
    return path if relative.startswith("..") else Path(relative).as_posix()


def around_of(
    paths: Iterable[str | os.PathLike[str]], exclude: tuple[Patterns, ...] = ()
) -> Around:
    """What lies around the paths, to be read where their files import it."""
    full = (Path(os.path.abspath(path)).as_posix() for path in paths)  # noqa: PTH100
    return Around([path for path in full if os.path.isdir(path)], exclude)  # noqa: PTH112


def files_below(
    paths: Sequence[str | os.PathLike[str]], exclude: tuple[Patterns, ...] = ()
) -> dict[str, str]:
    """The absolute path of every file of a project, each with the path as the person gave it."""
    files = discover(paths, exclude)
    return {Path(os.path.abspath(p)).as_posix(): p for p in files}  # noqa: PTH100


def read_project(
    paths: Sequence[str | os.PathLike[str]],
    *,
    cache: Path | None = None,
    version: str = "",
    jobs: int | None = None,
    installed: tuple[str, ...] | None = None,
    files: Mapping[str, str] | None = None,
    around: Around | None = None,
) -> Project:
    """The project of all files below the paths. `cache` is a file; None keeps nothing. `files` are
    those of `files_below`, where they are known already. With `around`, those that they import
    are read as well.
    """
    shown = files_below(paths) if files is None else files
    named = {Path(os.path.abspath(p)).as_posix() for p in paths}  # noqa: PTH100
    layout = Layout(shown, installed, around)
    kept = Cache(cache, version)
    count = default_jobs() if jobs is None else jobs
    scanned = read_all(list(shown), named & shown.keys(), layout, kept, jobs=count)
    kept.save()
    order = {**dict.fromkeys(shown), **scanned}
    return Project({path: scanned[path] for path in order}, layout, shown)


def project_around(
    path: str,
    data: bytes,
    around: Around | None = None,
    *,
    cache: Path | None = None,
    version: str = "",
) -> Project:
    """A project of one content that stands for a file, and of what it imports."""
    full = Path(os.path.abspath(path)).as_posix()  # noqa: PTH100
    layout = Layout([full], around=around if around is not None else Around())
    kept = Cache(cache, version)
    scanned = {full: scan(full, data, digest_of(data), Look.FACTS)}
    read_around(scanned, layout, kept, jobs=1)
    kept.save()
    project = Project(scanned, layout, {full: path})
    project.remember({full: data})
    return project


def project_of(texts: Mapping[str, str], *, installed: tuple[str, ...] = ()) -> Project:
    """A project of texts by path: what is typed in, and what tests make up."""
    scanned = {}
    for path, text in texts.items():
        data = encoded(text)
        scanned[path] = scan(path, data, digest_of(data), Look.FACTS)
    project = Project(scanned, Layout(texts, installed), {path: path for path in texts})
    project.remember({path: encoded(text) for path, text in texts.items()})
    return project
