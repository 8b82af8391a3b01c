"""Puts edits into files: all of a fix or nothing, parsed before written, written in one go."""

from __future__ import annotations

import contextlib
import difflib
import os
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from whygrad.model.source import Edit, Fix
from whygrad.source.files import decode, is_python
from whygrad.source.project.cells import cell_at, cell_path, read_cell, with_cells
from whygrad.source.project.notebook import python_of
from whygrad.source.splice import apply


@dataclass(slots=True)
class Mending:
    """Texts with fixes put in, not yet written."""

    before: dict[str, str] = field(default_factory=dict)
    encodings: dict[str, str] = field(default_factory=dict)
    after: dict[str, str] = field(default_factory=dict)
    """Only of files that change."""
    applied: int = 0
    left: int = 0
    """Fixes that overlap with one that went in, or after which a file would not parse."""

    def diff(self) -> str:
        """All changes, as `patch` reads them."""
        parts: list[str] = []
        for path, text in self.after.items():
            old, new = self.before[path].splitlines(True), text.splitlines(True)
            lines = difflib.unified_diff(old, new, path, path)
            parts += (line if line.endswith("\n") else f"{line}\n{_NO_END}" for line in lines)
        return "".join(parts)

    def write(self) -> dict[str, str]:
        """Write every changed file in its own encoding; gives those that could not be, and why."""
        refused: dict[str, str] = {}
        notebooks: dict[Path, dict[int, str]] = {}
        for path, text in self.after.items():
            cell = cell_at(path)
            if cell is not None:
                notebooks.setdefault(cell[0], {})[cell[1]] = text
                continue
            try:
                write_bytes(Path(path), text.encode(self.encodings[path]))
            except (OSError, UnicodeEncodeError) as error:
                refused[path] = why(error)
        for file, cells in notebooks.items():
            try:
                write_bytes(file, with_cells(file, cells))
            except OSError as error:
                refused |= {cell_path(str(file), number): why(error) for number in cells}
        return refused


_NO_END = "\\ No newline at end of file\n"


def mended(fixes: Iterable[Fix], texts: Mapping[str, str] | None = None) -> Mending:
    """Put in every fix that goes with those before it. `texts` are of what is no file."""
    mending = Mending()
    taken: dict[str, list[Edit]] = {}
    for fix in fixes:
        if _fits(fix, taken, mending, texts or {}):
            mending.applied += 1
        else:
            mending.left += 1
    for path, edits in taken.items():
        text = apply(mending.before[path], edits)
        if text != mending.before[path]:
            mending.after[path] = text
    return mending


def _fits(
    fix: Fix, taken: dict[str, list[Edit]], mending: Mending, texts: Mapping[str, str]
) -> bool:
    """Take the edits of a fix in, if every file still parses with them."""
    wanted: dict[str, list[Edit]] = {}
    for edit in fix.edits:
        # Two fixes may bring the same import; one is enough.
        if edit not in taken.get(edit.path, ()):
            wanted.setdefault(edit.path, []).append(edit)
    for path, edits in wanted.items():
        if not _read(path, mending, texts):
            return False
        try:
            changed = apply(mending.before[path], [*taken.get(path, ()), *edits])
        except ValueError:
            return False
        if not is_python("\n".join(python_of(changed)) if cell_at(path) else changed):
            return False
    for path, edits in wanted.items():
        taken.setdefault(path, []).extend(edits)
    return True


def _read(path: str, mending: Mending, texts: Mapping[str, str]) -> bool:
    if path in mending.before:
        return True
    if path in texts:
        mending.before[path], mending.encodings[path] = texts[path], "utf-8"
        return True
    cell = cell_at(path)
    try:
        if cell is not None:
            mending.before[path], mending.encodings[path] = read_cell(*cell), "utf-8"
        else:
            mending.before[path], mending.encodings[path] = decode(Path(path).read_bytes())
    except (OSError, SyntaxError, ValueError, LookupError):
        return False
    return True


def write_text_file(path: Path, text: str) -> None:
    """Write a file in one go, whether or not there is one."""
    write_bytes(path, text.encode())


def why(error: OSError | UnicodeEncodeError) -> str:
    """In a few words, without the name of a file that nobody knows."""
    if isinstance(error, UnicodeEncodeError):
        return f"the edit cannot be spelt in {error.encoding}"
    return f"it cannot be written ({error.strerror or error})"


def not_writable(path: str) -> str | None:
    """Why a file (or the notebook of a cell) cannot be edited, as far as one can tell before."""
    cell = cell_at(path)
    file = Path(os.path.realpath(path if cell is None else cell[0]))
    try:
        # Whoever may write in the folder could replace it all the same, and so could root.
        if not file.stat().st_mode & 0o222 or not os.access(file, os.W_OK):
            return "it is read-only"
        if not os.access(file.parent, os.W_OK):
            return f"its folder is read-only (`{file.parent.name}`)"
    except OSError as error:
        return why(error)
    return None


def write_bytes(path: Path, data: bytes) -> None:
    """Replace a file by another content, with its permissions, and through links."""
    path = Path(os.path.realpath(path))
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        if path.exists():
            Path(name).chmod(path.stat().st_mode & 0o7777)
        Path(name).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise
