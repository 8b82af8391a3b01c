"""The report for a person at a terminal, and the only place that prints with rich."""

from __future__ import annotations

from whygrad.model.finding import Severity
from whygrad.model.report import Report
from whygrad.render.excerpt import Sources
from whygrad.render.names import counted
from whygrad.render.terminal import finding, summary
from whygrad.render.terminal.page import Page

_MOST_NOTES = 5


def render(report: Report, *, color: bool, width: int, full: bool, blocks: bool) -> str:
    """Give the report, wrapped to `width` where the words allow it; `full` leaves nothing out."""
    page = Page(color, max(width, 40))
    sources = Sources()
    ranked = finding.ranked(report)
    notes = [one for one in ranked if one.severity is Severity.NOTE]
    for one in ranked[: len(ranked) - len(notes)]:
        finding.write(page, one, sources)
        page.blank()
    shown = notes if full else notes[:_MOST_NOTES]
    for one in shown:
        finding.write(page, one, sources)
    if len(shown) < len(notes):
        more = counted(len(notes) - len(shown), "more note")
        page.prose((f"... and {more}; `--all` shows them", ""))
    page.blank()
    summary.write(page, report, full=full, blocks=blocks)
    return page.text()
