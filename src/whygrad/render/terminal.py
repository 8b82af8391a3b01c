"""The report for a person at a terminal: headline, the line itself, why, and the edit."""

from __future__ import annotations

from whygrad.model.report import Report


def render(report: Report, *, color: bool, width: int) -> str:
    """Give the report as text at most `width` characters wide where the words allow it."""
    lines = [
        f"{f.location or '?'}: {f.severity.value}[{f.cause}] {f.message}" for f in report.findings
    ]
    return "\n".join([*lines, f"{len(report.errors)} errors", ""])
