"""A report as text: a file a format, one line a format in `FORMATS`. Knows no cause."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from whygrad.model.errors import InputError
from whygrad.model.report import Report
from whygrad.render import github, json_text, markdown, sarif
from whygrad.render.headline import headline


class Renderer(Protocol):
    """What a format is: a function of the report. The text ends with a newline."""

    def __call__(self, report: Report, *, color: bool, width: int, full: bool, blocks: bool) -> str:
        """All but the report is for formats that know such things: `width` is in characters,
        `full` shows every variable, `blocks` draws with more than ASCII.
        """


class Format(NamedTuple):
    """One format: the name for `--format`, the suffix of its files, and the function."""

    name: str
    suffix: str
    render: Renderer


def _terminal(report: Report, *, color: bool, width: int, full: bool, blocks: bool) -> str:
    if report.kind == "check" and not report.findings and not report.notices:
        return f"{headline(report)}\n"  # nothing to lay out, so nothing to load
    # Loads rich, which a script under observation should not find loaded before it begins.
    from whygrad.render import terminal

    return terminal.render(report, color=color, width=width, full=full, blocks=blocks)


FORMATS = {
    format.name: format
    for format in (
        Format("terminal", ".txt", _terminal),
        Format("json", ".json", json_text.render),
        Format("sarif", ".sarif", sarif.render),
        Format("github", ".txt", github.render),
        Format("markdown", ".md", markdown.render),
    )
}


def draws(encoding: str | None) -> bool:
    """Whether a stream of that encoding can spell what bars are made of."""
    try:
        "\u2588\u2592".encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def render(
    report: Report,
    format: str,
    *,
    color: bool = False,
    width: int = 80,
    full: bool = False,
    blocks: bool = True,
) -> str:
    """Give `report` as text in one of `FORMATS`."""
    if format not in FORMATS:
        raise InputError(f"unknown format `{format}`; there are {', '.join(FORMATS)}")
    return FORMATS[format].render(report, color=color, width=width, full=full, blocks=blocks)
