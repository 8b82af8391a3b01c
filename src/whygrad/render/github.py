"""GitHub's workflow commands: a line a finding, which its web page shows beside the code."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from whygrad.model.finding import Finding, Severity
from whygrad.model.report import Report
from whygrad.model.source import SourceLocation
from whygrad.render.escape import printable
from whygrad.source.project.cells import cell_at, file_of, line_in_file

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}
_OF_A_FILE: Final = re.compile(
    r"([^`]+?\.(?:py|ipynb)(?::cell \d+)?)(?::(\d+)(?::(\d+))?)?: (.*)", re.DOTALL
)


def render(report: Report, *, color: bool, width: int, full: bool, blocks: bool) -> str:
    """Give the findings and notices as workflow commands; the rest has no meaning here."""
    lines = [*map(_command, report.findings), *map(_noticed, report.notices)]
    return "".join(f"{line}\n" for line in lines)


def _command(finding: Finding) -> str:
    text = finding.message
    place = finding.location
    cell = cell_at(place.path) if place is not None else None
    if place is not None and cell is not None:
        text = f"cell {cell[1]}, line {place.line}: {text}"
    if finding.fix is not None:
        text += f"\nfix: {finding.fix.message}"
    where = _place(place) if place is not None else ()
    return _spelt(_LEVELS[finding.severity], (*where, ("title", f"whygrad: {finding.cause}")), text)


def _noticed(notice: str) -> str:
    """What a notice says of a file stands at that file, as a warning: it was not read as meant."""
    found = _OF_A_FILE.match(notice)
    if found is None:
        return _spelt("notice", [("title", "whygrad")], notice)
    path, line, column, text = found.groups()
    place = SourceLocation(path, int(line or 1), int(column) if column else None)
    cell = cell_at(path)
    if cell is not None:
        text = f"cell {cell[1]}, line {place.line}: {text}"
    return _spelt("warning", (*_place(place), ("title", "whygrad")), text)


def _place(place: SourceLocation) -> Iterator[tuple[str, str]]:
    cell = cell_at(place.path)
    if cell is not None:
        # A comparison of notebooks shows the lines of the file, which is JSON.
        yield "file", file_of(place.path)
        yield "line", str(line_in_file(*cell, place.line) or 1)
        return
    yield "file", place.path
    yield "line", str(place.line)
    if place.end_line:
        yield "endLine", str(place.end_line)
    # Columns are refused by GitHub where the span has several lines.
    if place.column and place.end_line in (None, place.line):
        yield "col", str(place.column)
        if place.end_column:
            yield "endColumn", str(max(place.column, place.end_column - 1))


def _spelt(level: str, properties: Iterable[tuple[str, str]], text: str) -> str:
    told = ",".join(f"{name}={_property(value)}" for name, value in properties)
    return f"::{level} {told}::{_data(text)}"


def _data(text: str) -> str:
    text = printable(text, "\r\n")
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
