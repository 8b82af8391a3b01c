"""Markdown: for a comment on a pull request, the summary of a job, an issue."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from whygrad.model.finding import Finding, Severity
from whygrad.model.report import Report
from whygrad.render.escape import one_line, printable
from whygrad.render.excerpt import Sources, changes, excerpt
from whygrad.render.headline import headline

_SPECIAL: Final = re.compile(r"([\\*_{}\[\]<>#|~])")
_QUOTED: Final = re.compile(r"(`[^`\n]+`)")
_FENCE: Final = re.compile(r"`{3,}")


def render(report: Report, *, color: bool, width: int, full: bool, blocks: bool) -> str:
    """Give the findings with a heading each; `full` adds notes in full and every variable."""
    sources = Sources()
    lines = [f"**{_text(headline(report))}**"]
    for finding in report.findings:
        lines += ["", *_finding(finding, sources, full=full)]
    if report.notices:
        lines += ["", *(f"- {_text(notice)}" for notice in report.notices)]
    if full and report.variables:
        lines += ["", *_table(report)]
    return "\n".join(lines) + "\n"


def _finding(finding: Finding, sources: Sources, *, full: bool) -> Iterator[str]:
    where = f" at {_code(str(finding.location))}" if finding.location else ""
    yield f"### {finding.severity.value}: `{finding.cause}`{where}"
    yield ""
    yield _text(finding.message)
    if finding.severity is Severity.NOTE and not full:
        return
    if finding.location is not None and (rows := excerpt(finding.location, sources)):
        yield from ("", *_fenced("python", [printable(row.text, "\t") for row in rows]))
    if finding.evidence:
        yield from ("", *(f"- {_text(words)}" for words in finding.evidence))
    if finding.fix is not None:
        yield from ("", f"**Fix:** {_text(finding.fix.message)}")
        for changed in changes(finding.fix.edits, sources):
            edit = [*(f"-{text}" for text in changed.old), *(f"+{text}" for text in changed.new)]
            yield from ("", *_fenced("diff", [printable(row, "\t") for row in edit]))
    if finding.proof is not None and finding.proof.message:
        yield from ("", f"**Proof:** {_text(finding.proof.message)}")


def _table(report: Report) -> Iterator[str]:
    yield "| variable | shape | gradient | moved | verdict |"
    yield "| --- | --- | --- | --- | --- |"
    for row in report.variables:
        moved = "" if row.moved is None else "yes" if row.moved else "no"
        shape = "x".join(map(str, row.shape)) or "scalar"
        cells = (_text(row.name), shape, row.gradient.value, moved, row.status.value)
        yield f"| {' | '.join(cells)} |"


def _fenced(language: str, rows: Sequence[str]) -> list[str]:
    longest = max((len(m) for row in rows for m in _FENCE.findall(row)), default=2)
    fence = "`" * (longest + 1)
    return [f"{fence}{language}", *rows, fence]


def _code(text: str) -> str:
    """A span of code, whatever backticks are in it."""
    text = one_line(text)
    fence = "`" * (max((len(run) for run in re.findall("`+", text)), default=0) + 1)
    pad = " " if "`" in text else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def _text(words: str) -> str:
    """Words of ours with people's names between backticks: what stands outside of them is plain."""
    parts = _QUOTED.split(printable(words.replace("\n", " ")))
    return "".join(p if i % 2 else _SPECIAL.sub(r"\\\1", p) for i, p in enumerate(parts))
