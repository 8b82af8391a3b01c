"""GitHub's workflow commands: a line a finding, which its web page shows beside the code."""

from __future__ import annotations

from collections.abc import Iterator

from whygrad.model.finding import Finding, Severity
from whygrad.model.report import Report
from whygrad.render.escape import printable

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


def render(report: Report, *, color: bool, width: int, full: bool, blocks: bool) -> str:
    """Give the findings as workflow commands; the rest has no meaning here."""
    return "".join(f"{_command(finding)}\n" for finding in report.findings)


def _command(finding: Finding) -> str:
    properties = ",".join(f"{name}={_property(value)}" for name, value in _properties(finding))
    text = finding.message
    if finding.fix is not None:
        text += f"\nfix: {finding.fix.message}"
    level = _LEVELS[finding.severity]
    return f"::{level} {properties}::{_data(text)}"


def _properties(finding: Finding) -> Iterator[tuple[str, str]]:
    place = finding.location
    if place is not None:
        yield "file", place.path
        yield "line", str(place.line)
        if place.end_line:
            yield "endLine", str(place.end_line)
        # Columns are refused by GitHub where the span has several lines.
        if place.column and place.end_line in (None, place.line):
            yield "col", str(place.column)
            if place.end_column:
                yield "endColumn", str(max(place.column, place.end_column - 1))
    yield "title", f"whygrad: {finding.cause}"


def _data(text: str) -> str:
    text = printable(text, "\r\n")
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
