"""The lines of source at a place, with the columns that are meant. Nothing here prints."""

from __future__ import annotations

import linecache
import tokenize
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from whygrad.model.source import Edit, SourceLocation
from whygrad.source.project.cells import cell_at, cell_text

LARGEST = 4_000_000  # bytes: a report may name any file, and not every file is source
_MOST_LINES = 8


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an excerpt; `start` to `end` (from 0, exclusive) is underlined, if anything.

    Without a number it stands for lines left out.
    """

    number: int | None
    text: str
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class Changed:
    """A stretch of lines as they are and as the edits make them, from line `number` on."""

    path: str
    number: int
    old: tuple[str, ...]
    new: tuple[str, ...]


@dataclass(slots=True)
class Sources:
    """Files as they are now, each read once. None for one that cannot be read."""

    read: dict[str, tuple[str, ...] | None] = field(default_factory=dict)

    _for_comments: dict[str, frozenset[int]] = field(default_factory=dict)

    def line_for_comment(self, place: SourceLocation) -> int:
        """The line of the statement at a place at whose end a comment can stand."""
        # Parsing is only loaded where there is something to show.
        from whygrad.source.ignore import lines_for_comments
        from whygrad.source.project.notebook import python_of

        if place.path not in self._for_comments:
            lines = self.lines(place.path) or ()
            text = "".join(f"{line}\n" for line in lines)
            if cell_at(place.path) is not None:
                text = "\n".join(python_of(text))
            self._for_comments[place.path] = lines_for_comments(text)
        later = (line for line in self._for_comments[place.path] if line >= place.line)
        return min(later, default=place.line)

    def lines(self, path: str) -> tuple[str, ...] | None:
        """Give the lines of a file, without their ends."""
        if path not in self.read:
            self.read[path] = _read(path)
        return self.read[path]


def _read(path: str) -> tuple[str, ...] | None:
    if path.startswith("<"):  # a notebook's cell or an interactive line lives in the cache alone
        cached = linecache.cache.get(path)
        lines = cached[2] if cached is not None and len(cached) == 4 else []
        return tuple(line.rstrip("\r\n") for line in lines) or None
    cell = cell_at(path)
    try:
        file = Path(path) if cell is None else cell[0]
        if not file.is_file() or file.stat().st_size > LARGEST:
            return None
        if cell is not None:
            from whygrad.source.module import split_lines

            return tuple(line.rstrip("\n") for line in split_lines(cell_text(*cell)))
        with tokenize.open(path) as text:  # honours the file's own coding line, as Python does
            return tuple(line.rstrip("\n") for line in text)
    except (OSError, SyntaxError, ValueError):  # ValueError: not decodable, or a NUL in the path
        return None


def excerpt(place: SourceLocation, sources: Sources) -> tuple[Line, ...]:
    """Give the lines of `place`, or nothing where neither file nor report holds them."""
    return _shortened(_from_file(place, sources) or _from_report(place))


def _from_file(place: SourceLocation, sources: Sources) -> list[Line]:
    last = place.end_line or place.line
    lines = sources.lines(place.path)
    if lines is None or not 1 <= place.line <= last <= len(lines):
        return []
    rows = [_row(place, n, lines[n - 1]) for n in range(place.line, last + 1)]
    return rows if _same(place, rows) else []  # else it has changed since the report was made


def _row(place: SourceLocation, number: int, text: str) -> Line:
    if place.column is None:
        return Line(number, text)
    indent = len(text) - len(text.lstrip())
    last = place.end_line or place.line
    start = place.column - 1 if number == place.line else indent
    end = len(text.rstrip())
    if number == last and place.end_column is not None:
        end = min(end, place.end_column - 1)
    start = min(start, len(text))
    return Line(number, text, start, max(start, end))


def _same(place: SourceLocation, rows: Sequence[Line]) -> bool:
    if place.source is None or place.column is None:
        return True
    seen = " ".join(row.text[row.start : row.end] for row in rows)
    return "".join(seen.split()).startswith("".join(place.source.split())[:200])


def _from_report(place: SourceLocation) -> list[Line]:
    if not place.source:
        return []
    indent = " " * ((place.column or 1) - 1)
    first, *others = place.source.splitlines()
    rows = [Line(place.line, indent + first, len(indent), len(indent) + len(first))]
    for n, text in enumerate(others, place.line + 1):
        rows.append(Line(n, text, len(text) - len(text.lstrip()), len(text.rstrip())))
    return rows


def _shortened(rows: list[Line]) -> tuple[Line, ...]:
    if len(rows) <= _MOST_LINES:
        return tuple(rows)
    return (*rows[: _MOST_LINES - 2], Line(None, "..."), rows[-1])


def changes(
    edits: Sequence[Edit], sources: Sources, place: SourceLocation | None = None
) -> tuple[Changed, ...]:
    """What the edits do, line by line; nothing where a file cannot be read.

    `place` is where the finding is: if its file no longer shows it there, the file has changed,
    and an edit by line and column would tear it.
    """
    if place and not _from_file(place, sources):
        edits = [edit for edit in edits if edit.path != place.path]
    result: list[Changed] = []
    for group in _neighbours(edits):
        lines = sources.lines(group[0].path)
        first, last = group[0].start[0], max(edit.end[0] for edit in group)
        if lines is None or first < 1 or last > len(lines) + 1:
            continue
        old = (*lines, "")[first - 1 : last]
        new = _applied("\n".join(old), group, first, old)
        result.append(_trimmed(group[0].path, first, old, tuple(new.split("\n"))))
    return tuple(change for change in result if change.old or change.new)


def _neighbours(edits: Sequence[Edit]) -> list[list[Edit]]:
    groups: list[list[Edit]] = []
    for edit in sorted(edits, key=lambda e: (e.path, e.start, e.end)):
        last = groups[-1] if groups else None
        if last and last[0].path == edit.path and edit.start[0] <= max(e.end[0] for e in last):
            last.append(edit)
        else:
            groups.append([edit])
    return groups


def _applied(text: str, group: Sequence[Edit], first: int, old: Sequence[str]) -> str:
    starts = [0]
    for line in old:
        starts.append(starts[-1] + len(line) + 1)

    def offset(position: tuple[int, int]) -> int:
        return min(starts[position[0] - first] + position[1] - 1, len(text))

    for edit in reversed(group):
        text_end = offset(edit.end)
        text = text[: offset(edit.start)] + edit.text + text[text_end:]
    return text


def _trimmed(path: str, number: int, old: tuple[str, ...], new: tuple[str, ...]) -> Changed:
    while old and new and old[-1] == new[-1]:
        old, new = old[:-1], new[:-1]
    while old and new and old[0] == new[0]:
        old, new, number = old[1:], new[1:], number + 1
    return Changed(path, number, old, new)
