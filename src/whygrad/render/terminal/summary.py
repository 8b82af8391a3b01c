"""After the findings: the picture of gradient flow, what was not seen, and how it went."""

from __future__ import annotations

from whygrad.model.report import Report
from whygrad.render.headline import headline
from whygrad.render.terminal import picture
from whygrad.render.terminal.page import Page

_LONGEST_MESSAGE = 100


def write(page: Page, report: Report, *, full: bool, blocks: bool) -> None:
    """Add the summary to the page."""
    if report.exception:
        where = f"{report.exception.location}: " if report.exception.location else ""
        text = _first_words(report.exception.message)  # the traceback above has the rest
        page.prose((where, "bold"), (f"the script raised {report.exception.type}: {text}", ""))
    if full or picture.wanted(report):
        page.blank()
        picture.write(page, report, full=full, blocks=blocks)
    if report.notices:
        page.blank()
        for words in report.notices:
            page.prose(("- ", ""), (words, ""))
    page.blank()
    page.prose((headline(report), "bold red" if report.errors else "bold"))


def _first_words(message: str) -> str:
    line = (message.strip().splitlines() or [""])[0]
    return line if len(line) <= _LONGEST_MESSAGE else f"{line[:_LONGEST_MESSAGE].rstrip()}..."
