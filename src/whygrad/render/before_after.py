"""Two runs beside each other: the edits, every variable's gradient, and what is left."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from rich.cells import cell_len

from whygrad.model import codec
from whygrad.model.comparison import Comparison, Outcome, VariableChange, pressing
from whygrad.model.finding import Finding
from whygrad.model.report import Gradient, Report, Status, VariableRow
from whygrad.render.escape import one_line, printable
from whygrad.render.names import counted
from whygrad.render.terminal.finding import STYLES, norm
from whygrad.render.terminal.page import Page

_SCREEN = 40
"""So many variables are shown whatever has become of them."""

_STYLE = {Status.TRAINS: "green", Status.BROKEN: "bold red"}
_HEADS = ("variable", "gradient", "status")


def render(comparison: Comparison, *, color: bool, width: int, full: bool) -> str:
    """Give what was done, wrapped to `width`."""
    page = Page(color, max(width, 40))
    if comparison.diff:
        if comparison.outcome is Outcome.RESTORED:
            page.prose(("tried, and taken back:", "bold"))
        _diff(page, comparison.diff)
        page.blank()
    if comparison.said:
        for line in comparison.said.splitlines():
            page.row((printable(line), "dim"))
        page.blank()
    if comparison.after is not None:
        _table(page, comparison.variables(), full)
        page.blank()
    if comparison.outcome is Outcome.KEPT:
        _findings(page, "gone", comparison.gone())
    _findings(page, "left", pressing(comparison.now))
    page.blank()
    for line in _remarks(comparison):
        page.prose(("- ", ""), (line, ""))
    page.blank()
    style = "bold red" if comparison.failed or comparison.now.errors else "bold"
    page.prose((f"whygrad: {headline(comparison)}", style))
    return page.text()


def headline(comparison: Comparison) -> str:
    """Give the one line that says how it went."""
    if comparison.outcome is Outcome.RESTORED:
        return f"nothing was changed: {comparison.message}"
    errors = counted(len(comparison.now.errors), "error")
    left = f"{errors} left" if comparison.now.errors else "no error left"
    left = f"the script fails; {left}" if comparison.failed else left
    if comparison.outcome is Outcome.NOTHING:
        if comparison.failed or pressing(comparison.now):
            kind = "safe edit" if comparison.unsafe else "edit"
            return f"nothing was changed: there is no {kind} for it ({left})"
        return f"nothing to fix: {_training(comparison.now)}"
    files = " and ".join(comparison.files)
    if len(comparison.files) > 2:
        files = counted(len(comparison.files), "file")
    was = "is" if len(comparison.files) == 1 else "are"
    return f"{files} {was} edited: {_training(comparison.now, comparison)}; {left}"


def _training(report: Report, comparison: Comparison | None = None) -> str:
    count = sum(row.status is Status.TRAINS for row in report.variables)
    told = f"{count} of {counted(len(report.variables), 'variable')} train{'s' * (count == 1)}"
    if comparison is None:
        return told
    return f"{told} ({sum(r.status is Status.TRAINS for r in comparison.before.variables)} before)"


def _remarks(comparison: Comparison) -> Iterable[str]:
    if comparison.message and comparison.outcome is Outcome.KEPT:
        yield comparison.message
    if comparison.unsafe:
        what = "an edit that changes" if comparison.unsafe == 1 else "edits that change"
        yield f"`--unsafe-fixes` has {what} what is computed; `--diff` shows without writing"
    # The notices of the first run are those of a `whygrad run`; what is new is told.
    if comparison.after is not None:
        known = comparison.before.notices
        yield from (line for line in comparison.after.notices if line not in known)


def _diff(page: Page, diff: str) -> None:
    styles = {"-": "red", "+": "green", "@": "cyan"}
    for line in diff.splitlines():
        style = "bold" if line.startswith(("---", "+++")) else styles.get(line[:1], "")
        page.row((line[:1] + "".join(c if c == "\t" else printable(c) for c in line[1:]), style))


def _table(page: Page, changes: Sequence[VariableChange], full: bool) -> None:
    shown = list(changes)
    if not full and len(shown) > _SCREEN:
        shown = [change for change in shown if change.changed]
    rows = [_cells(change) for change in shown]
    if not rows:
        return
    widths = [max(cell_len(row[i]) for row in (_HEADS, *rows)) for i in (0, 1)]
    page.row((f"  {_padded(_HEADS, widths)}", "dim"))
    for change, row in zip(shown, rows, strict=True):
        last = change.after or change.before
        style = _STYLE.get(last.status, "") if last is not None and change.changed else ""
        page.row((f"  {_padded(row, widths)}", style))
    hidden = len(changes) - len(shown)
    if hidden:
        page.prose((f"  and {hidden} more, as before; `--all` shows them", "dim"))


def _padded(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = [
        cell + " " * (width - cell_len(cell)) for cell, width in zip(row[:2], widths, strict=True)
    ]
    return "  ".join([*cells, row[2]])


def _cells(change: VariableChange) -> tuple[str, str, str]:
    rows = change.before, change.after
    gradients = [_gradient(row) for row in rows]
    states = [row.status.value if row is not None else "not there" for row in rows]
    status = states[0] if states[0] == states[1] else f"{states[0]} -> {states[1]}"
    return one_line(change.name), f"{gradients[0]:>8} -> {gradients[1]}", status


def _gradient(row: VariableRow | None) -> str:
    if row is None:
        return "-"
    if row.gradient is Gradient.FINITE and row.gradient_norm is not None:
        return norm(row.gradient_norm)
    return row.gradient.value


def _findings(page: Page, word: str, findings: Iterable[Finding]) -> None:
    for finding in findings:
        where = f"{finding.location}: " if finding.location else ""
        label = f"{finding.severity.value}[{finding.cause}] "
        page.prose(
            (f"{word}: ", "bold green" if word == "gone" else "bold"),
            (where, ""),
            (label, STYLES[finding.severity]),
            (finding.message, ""),
        )
        if word == "left" and finding.fix is not None:
            page.prose(("  fix: ", "bold green"), (finding.fix.message, ""), hang=4)


def as_json(comparison: Comparison) -> str:
    """Give it as JSON; both reports are whole, as `whygrad run` would have written them."""
    content = {
        "schema": codec.SCHEMA_VERSION,
        "whygrad": comparison.before.whygrad,
        "kind": "fix",
        "outcome": comparison.outcome.value,
        "message": comparison.message or headline(comparison),
        "failed": comparison.failed,
        "files": comparison.files,
        "diff": comparison.diff,
        "variables": [_row(change) for change in comparison.variables()],
        "before": json.loads(codec.dumps(comparison.before)),
        "after": json.loads(codec.dumps(comparison.after)) if comparison.after else None,
    }
    return json.dumps(content, indent=2, allow_nan=False) + "\n"


def _row(change: VariableChange) -> dict[str, Any]:
    found: dict[str, Any] = {"name": change.name}
    for when, row in (("before", change.before), ("after", change.after)):
        size = row.gradient_norm if row is not None else None
        found[when] = row and {
            "gradient": row.gradient.value,
            "gradient_norm": size if size is None or abs(size) < float("inf") else None,
            "status": row.status.value,
        }
    return found
