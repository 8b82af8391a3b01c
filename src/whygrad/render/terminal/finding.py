"""One finding: headline, the line itself, why, and what to write instead."""

from __future__ import annotations

import math
from collections.abc import Sequence

from rich.cells import cell_len

from whygrad.model.finding import Finding, PathStep, Severity
from whygrad.model.report import Report
from whygrad.model.source import SourceLocation
from whygrad.render.escape import one_line, printable
from whygrad.render.excerpt import Line, Sources, changes, excerpt
from whygrad.render.terminal.page import Page, Part

STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "bold yellow", Severity.NOTE: "bold cyan"}
_ORDER = tuple(Severity)
_TAB = 4
_GUTTER = "blue"
_LONGEST_WAY = 8
_LONGEST_EDIT = 200  # wider than the screen: what is to be written must be seen whole


def ranked(report: Report) -> list[Finding]:
    """Errors first, then warnings, then notes; within one severity as the diagnosis gave them."""
    return sorted(report.findings, key=lambda finding: _ORDER.index(finding.severity))


def write(page: Page, finding: Finding, sources: Sources) -> None:
    """Add one finding to the page; a note is its headline and no more."""
    _headline(page, finding)
    if finding.severity is Severity.NOTE:
        return
    place = finding.location
    rows = excerpt(place, sources) if place else ()
    margin = len(str(max((row.number or 0 for row in rows), default=0)))
    if rows:
        _excerpt(page, rows, margin, STYLES[finding.severity])
    lead = " " * (margin + 1) + "= "
    if place and place.library:
        library = place.library.path.replace("\\", "/").rpartition("-packages/")[2]
        ran = f"it ran in {library}:{place.library.line}, called from here"
        page.prose((lead, _GUTTER), (ran, ""), hang=len(lead))
    for words in finding.evidence:
        page.prose((lead, _GUTTER), (words, ""), hang=len(lead))
    if finding.path:
        page.prose((lead, _GUTTER), *_way(finding.path, place), hang=len(lead))
    _fix(page, finding, sources, lead)
    _proof(page, finding, lead)
    more = f"whygrad explain {finding.cause}"
    page.prose((lead, _GUTTER), ("more: ", "bold"), (f"`{more}`", ""), hang=len(lead))
    if place:
        line = sources.line_for_comment(place)
        meant = f"put `# whygrad: ignore[{finding.cause}]` at the end of line {line}"
        page.prose((lead, _GUTTER), ("meant so? ", "bold"), (meant, ""), hang=len(lead))


def _headline(page: Page, finding: Finding) -> None:
    where = f"{finding.location}: " if finding.location else ""
    label = f"{finding.severity.value}[{finding.cause}] "
    page.prose((where, "bold"), (label, STYLES[finding.severity]), (finding.message, ""))


def _excerpt(page: Page, rows: Sequence[Line], margin: int, style: str) -> None:
    blank: Part = (" " * (margin + 1) + "| ", _GUTTER)
    page.row(blank)
    for row in rows:
        number = "." * min(margin, 3) if row.number is None else str(row.number)
        text, start, end = _shown(row, page.width - margin - 3)
        page.row((f"{number:>{margin}} | ", _GUTTER), (text, ""))
        if end > start:
            page.row(blank, (" " * start + "^" * (end - start), style))
    page.row(blank)


def _shown(row: Line, room: int) -> tuple[str, int, int]:
    """Give the line as cells on the screen, and the cells to underline, cut to the room."""
    parts, starts, column = [], [0], 0
    for character in row.text.rstrip():
        part = " " * (_TAB - column % _TAB) if character == "\t" else printable(character)
        parts.append(part)
        column += cell_len(part)
        starts.append(column)
    first, last = min(row.start, len(parts)), min(row.end, len(parts))
    if column <= room:
        return "".join(parts), starts[first], starts[last]
    begin = first if starts[first] > room - 20 else 0  # what is meant comes into sight
    end = begin
    offset = 3 if begin else 0
    while end < len(parts) and starts[end + 1] - starts[begin] + offset <= room - 3:
        end += 1
    text = (
        ("..." if begin else "") + "".join(parts[begin:end]) + ("..." if end < len(parts) else "")
    )
    start = starts[max(first, begin)] - starts[begin] + offset
    return text, start, max(start, starts[min(last, end)] - starts[begin] + offset)


def _way(path: Sequence[PathStep], place: SourceLocation | None) -> list[Part]:
    """Give the way of the data to the loss, shortened about the first and the last cut."""
    keep = set(range(len(path)))
    if len(path) > _LONGEST_WAY:
        cuts = [i for i, step in enumerate(path) if step.cut]
        near = {i + d for i in (*cuts[:1], *cuts[-1:]) for d in (-1, 0, 1)}
        keep &= near | {0, len(path) - 1}
    parts: list[Part] = [("the way to the loss: ", "")]
    previous = -1
    for i in sorted(keep):
        step = path[i]
        if i != previous + 1:
            parts.append((" > ...", ""))
        arrow = (" >X " if step.cut else " > ") if i else ("X " if step.cut else "")
        parts.append((arrow, "bold red" if step.cut else ""))
        parts.append((step.op, "bold" if step.cut else ""))
        after = path[i + 1] if i + 1 in keep else None
        if step.location and not (after and after.location and _at(after) == _at(step)):
            line = f"line {step.location.line}"
            here = place is not None and place.path == step.location.path
            parts.append((f" ({line if here else _at(step)})", ""))
        previous = i
    return parts


def _at(step: PathStep) -> str:
    return f"{step.location.path}:{step.location.line}" if step.location else ""


def _fix(page: Page, finding: Finding, sources: Sources, lead: str) -> None:
    if finding.fix is None:
        return
    caution = "" if finding.fix.safe else " (this also changes what is computed)"
    page.prose(
        (lead, _GUTTER),
        ("fix: ", "bold green"),
        (finding.fix.message + caution, ""),
        hang=len(lead),
    )
    shown = changes(finding.fix.edits, sources, finding.location)
    moved: dict[str, int] = {}  # by how many lines the edits above push what follows
    for change in shown:
        if finding.location is None or change.path != finding.location.path:
            page.row((f"{' ' * len(lead)}{printable(change.path)}", "bold"))
        margin = max(len(lead) - 2, len(str(change.number + len(change.old))))
        by = moved.get(change.path, 0)
        for sign, style, first, lines in (
            ("-", "red", change.number, change.old),
            ("+", "green", change.number + by, change.new),
        ):
            for number, text in enumerate(lines, first):
                row, _, _ = _shown(Line(number, text), _LONGEST_EDIT)
                page.row((f"{number:>{margin}} ", _GUTTER), (f"{sign} {row}", style))
        moved[change.path] = by + len(change.new) - len(change.old)
    if not shown:  # the report has travelled, or the file has changed since
        for edit in finding.fix.edits:
            text = f"{edit.path}:{edit.start[0]}:{edit.start[1]}: `{edit.text}`"
            page.prose((" " * len(lead), ""), (text, "green"), hang=len(lead))


def _proof(page: Page, finding: Finding, lead: str) -> None:
    proof = finding.proof
    if proof is None:
        return
    label = {True: "proof: ", False: "tried in vain: ", None: "no proof: "}[proof.holds]
    before, after = norm(proof.gradient_norm_before), norm(proof.gradient_norm_after)
    words = f"with the cause taken away, gradient norm {after} ({before} before)"
    words = one_line(proof.message) if proof.message else words
    page.prose((lead, _GUTTER), (label, "bold"), (words, ""), hang=len(lead))


def norm(value: float | None) -> str:
    """Give a norm as people read it: three digits."""
    if value is None:
        return "none"
    return f"{value:.3g}" if math.isfinite(value) else str(value)
