"""The person's line behind a framework call, and whose file is the person's.

Capturing is cheap and happens at every op: code objects and instruction offsets only. Lines,
columns and text are worked out later, for the few places that a report names.
"""

from __future__ import annotations

import linecache
import os
import site
import sys
import sysconfig
from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path
from types import CodeType, FrameType
from typing import Final, NamedTuple

from whygrad.model.source import SourceLocation
from whygrad.runtime.expressions import span_of_call, span_of_line, text_of

REWRITTEN: Final = 3
"""What a framework has made of the person's code; `Callsites.origin` tells what that was."""

PERSON: Final = 2
LIBRARY: Final = 1
HIDDEN: Final = 0
"""Our own frames, and frozen ones: neither the person's nor worth a mention."""

_PLUMBING: Final = (
    "/torch/overrides.py",
    "/torch/utils/_contextlib.py",
    "/torch/autograd/grad_mode.py",
    "/keras/src/layers/layer.py",
    "/keras/src/ops/operation.py",
    "/keras/src/utils/traceback_utils.py",
)
"""Files every torch call may pass through; they say nothing of where it comes from."""

_INSIDE: Final = (
    "/tensorflow/python/ops/",
    "/tensorflow/python/framework/",
    "/tensorflow/python/eager/",
    "/tensorflow/python/util/",
    "/tensorflow/python/autograph/",
    "/keras/src/backend/tensorflow/",
)
"""Folders of which the same is true for TensorFlow: every op is run by a generated function."""

_OWN = str(Path(__file__).resolve().parents[1]) + os.sep


class Line(NamedTuple):
    """A place of which no more than the line is known."""

    co_filename: str
    line: int
    function: str | None


class Site(NamedTuple):
    """The person's innermost frame, and the innermost frame of an installed package below it."""

    code: CodeType | Line | None
    offset: int
    library: CodeType | Line | None
    library_offset: int


class Callsites:
    """Numbers places. A key stays good as long as this object lives."""

    def __init__(self, extra_roots: Iterable[str | os.PathLike[str]] = ()) -> None:
        """`extra_roots` are files or folders that count as the person's wherever they lie."""
        self.kinds: dict[str, int] = {}
        self.sites: list[Site] = [Site(None, 0, None, 0)]
        self.origin: Callable[[FrameType], Line | None] | None = None
        """Set by a framework that rewrites the person's functions: what a line was written as."""
        self._keys: dict[tuple[object, ...], int] = {(0, 0, 0, 0): 0}
        self._rewritten: list[CodeType] = []
        self._libraries: dict[CodeType, bool] = {}
        self._own_roots = tuple(str(Path(root).resolve()) for root in extra_roots)
        self.root = str(Path.cwd())
        self._resolved: dict[tuple[int, str | None], SourceLocation | None] = {}

    def capture(self, frame: FrameType | None) -> int:
        """Give the number of the place where `frame` stands; 0 where no frame is the person's."""
        kinds = self.kinds
        library: FrameType | None = None
        inside = False
        while frame is not None:
            code = frame.f_code
            kind = kinds.get(code.co_filename)
            if kind is None:
                kind = self._classify(code.co_filename)
            if kind == PERSON or (kind == REWRITTEN and not self._of_library(frame, inside)):
                break
            inside = inside or kind == REWRITTEN
            if kind and library is None:
                library = frame
            frame = frame.f_back
        if frame is None:
            return 0
        if library is None:
            key = (id(code), frame.f_lasti, 0, 0)
        else:
            key = (id(code), frame.f_lasti, id(library.f_code), library.f_lasti)
        number = self._keys.get(key)
        if number is None:
            number = self._keys[key] = len(self.sites)
            inner = self._written(library) if library is not None else None
            self.sites.append(Site(self._written(frame), key[1], inner, key[3]))
        return number

    def _written(self, frame: FrameType) -> CodeType | Line:
        """The place of a frame as it was written. The code object is held, so that its id cannot be
        given to others.
        """
        written = self.origin(frame) if self.origin is not None else None
        if written is not None:
            self._rewritten.append(frame.f_code)
        return written or frame.f_code

    def _of_library(self, frame: FrameType, inside: bool) -> bool:
        """Whether what a framework has rewritten is a function of its own, or of a package. Where
        that is not known, it is of what is rewritten `inside` of it.
        """
        known = self._libraries.get(frame.f_code)
        if known is None:
            written = self.origin(frame) if self.origin is not None else None
            if written is None:
                return inside
            known = self._libraries[frame.f_code] = not self.is_person(written.co_filename)
        return known

    def line(self, place: Line, library: Line | None = None) -> int:
        """Give the number of a place of which the line is known, and that of the package below."""
        key = (*place, library)
        if key not in self._keys:
            self._keys[key] = len(self.sites)
            self.sites.append(Site(place, 0, library, 0))
        return self._keys[key]

    def stack(self, frame: FrameType | None, depth: int = 8) -> tuple[int, ...]:
        """Give the person's frames, innermost first, each as a key of its own."""
        keys: list[int] = []
        while frame is not None and len(keys) < depth:
            if self.kind(frame.f_code.co_filename) == PERSON:
                keys.append(self.capture(frame))
            frame = frame.f_back
        return tuple(keys)

    def number(
        self,
        code: CodeType,
        offset: int = 0,
        library: CodeType | None = None,
        library_offset: int = 0,
    ) -> int:
        """Give the number of a place that is known by its code object."""
        key = (id(code), offset, 0 if library is None else id(library), library_offset)
        if key not in self._keys:
            self._keys[key] = len(self.sites)
            self.sites.append(Site(code, offset, library, library_offset))
        return self._keys[key]

    def kind(self, filename: str) -> int:
        """Whose file it is: PERSON, LIBRARY or HIDDEN."""
        known = self.kinds.get(filename)
        return self._classify(filename) if known is None else known

    def is_person(self, filename: str) -> bool:
        """Whether a file counts as the person's own code."""
        return self.kind(filename) == PERSON

    def resolve(self, key: int, name: str | None = None) -> SourceLocation | None:
        """Give the place of a key. `name` is what was called there; it helps Python 3.10."""
        memo = (key, name)
        if memo not in self._resolved:
            found = self.sites[key]
            place = None
            if found.code is not None:
                library = None
                if found.library is not None:
                    library = self._locate(found.library, found.library_offset, name)
                place = self._locate(found.code, found.offset, name, library)
            self._resolved[memo] = place
        return self._resolved[memo]

    def here(self, frame: FrameType | None) -> SourceLocation | None:
        """Give the place where `frame` stands, at once."""
        return self.resolve(self.capture(frame))

    def relative(self, filename: str) -> str:
        """Give the path as a report shows it: relative to where the run began, if below it."""
        if filename.startswith("<"):
            return filename
        path = os.path.normpath(Path(self.root, filename))
        if path.startswith(self.root + os.sep):
            path = path[len(self.root) + 1 :]
        return path.replace(os.sep, "/")

    def _classify(self, filename: str) -> int:
        kind = _kind_of(filename, self._own_roots)
        self.kinds[filename] = kind
        return kind

    def _locate(
        self,
        code: CodeType | Line,
        offset: int,
        name: str | None,
        library: SourceLocation | None = None,
    ) -> SourceLocation:
        if isinstance(code, Line):
            span = span_of_line(code.co_filename, code.line, name)
        else:
            span = span_of_call(code, offset, name)
        line, end_line, column, end_column = span
        return SourceLocation(
            path=self.relative(code.co_filename),
            line=line,
            column=column,
            end_line=end_line,
            end_column=end_column,
            function=_function_of(code),
            source=text_of(code.co_filename, line, end_line, column, end_column),
            library=library,
        )


def _function_of(code: CodeType | Line) -> str | None:
    if isinstance(code, Line):
        return code.function
    name = getattr(code, "co_qualname", code.co_name)
    name = name.replace(".<locals>", "")
    return None if name == "<module>" else name


@lru_cache(maxsize=1)
def _library_roots() -> tuple[str, ...]:
    paths = {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    paths.update(getattr(site, "getsitepackages", list)())
    paths.add(site.getusersitepackages())
    paths.add(str(Path(os.__file__).parent))
    found = {os.path.realpath(p) for p in paths if p} | {p for p in paths if p}
    return tuple(sorted(p + os.sep for p in found))


def _kind_of(filename: str, own_roots: tuple[str, ...]) -> int:
    if "__autograph_generated_file" in filename:
        return REWRITTEN
    if filename.startswith("<"):
        # `<stdin>`, `<string>` and notebook cells are typed by a person; `<frozen runpy>`, the
        # `<@beartype(...)>`-like names of generated code and dataclass methods are not.
        if filename in ("<stdin>", "<string>") or filename.startswith("<ipython-input"):
            return PERSON if filename != "<string>" or linecache.getlines(filename) else LIBRARY
        return HIDDEN if filename.startswith("<frozen") else LIBRARY
    path = os.path.realpath(filename)
    for root in own_roots:
        if path == root or path.startswith(root + os.sep):
            return PERSON
    if path.startswith(_OWN) or filename.startswith(_OWN):
        return HIDDEN
    slashed = path.replace("\\", "/")
    if slashed.endswith(_PLUMBING) or any(folder in slashed for folder in _INSIDE):
        return HIDDEN
    parts = slashed.split("/")
    if "site-packages" in parts or "dist-packages" in parts:
        return LIBRARY
    if path.startswith(_library_roots()):
        return LIBRARY
    return PERSON


def caller(depth: int = 1) -> FrameType | None:
    """The frame of whoever called the function that asks, `depth` further out."""
    try:
        return sys._getframe(depth + 1)
    except ValueError:
        return None
