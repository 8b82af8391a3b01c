"""The report for a person at a terminal, and the only place that prints with rich."""

from __future__ import annotations

from whygrad.model.finding import Severity
from whygrad.model.report import Report
from whygrad.render.excerpt import Sources
from whygrad.render.names import counted
from whygrad.render.terminal import finding, summary
from whygrad.render.terminal.page import Page

_MOST_NOTES = 5


def render(report: Report, *, color: bool, width: int) -> str:
    """Give the report, wrapped to `width` where the words allow it."""
    page = Page(color, max(width, 40))
    sources = Sources()
    ranked = finding.ranked(report)
    notes = [one for one in ranked if one.severity is Severity.NOTE]
    for one in ranked[: len(ranked) - len(notes)]:
        finding.write(page, one, sources)
        page.blank()
    for one in notes[:_MOST_NOTES]:
        finding.write(page, one, sources)
    if len(notes) > _MOST_NOTES:
        page.prose(
            (f"... and {counted(len(notes) - _MOST_NOTES, 'more note')}; all are in JSON", "")
        )
    page.blank()
    summary.write(page, report)
    return page.text()
