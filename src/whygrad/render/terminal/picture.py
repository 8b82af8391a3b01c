"""The picture of gradient flow: the module tree, with a bar for every variable on a log scale."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from rich.cells import cell_len

from whygrad.model.finding import Severity
from whygrad.model.report import Gradient, ModuleRow, Report, Spread, Status, VariableRow
from whygrad.render.escape import one_line
from whygrad.render.terminal import tree
from whygrad.render.terminal.finding import norm
from whygrad.render.terminal.page import Page

_SCREEN = 16
"""Lines of a picture that has to share a screen with a finding."""

_DECADES = 3, 10
"""A scale has at least so many, or small differences would look large, and at most so many."""

_WIDE = 72
_ZEROS = 0.1
"""A smaller share of zeros in an output is not worth a word."""

_STYLES = {
    Status.TRAINS: "green",
    Status.BROKEN: "bold red",
    Status.UNKNOWN: "yellow",
    Status.FROZEN: "dim",
    Status.CONSTANT: "dim",
}
_SICK = (Gradient.ZERO, Gradient.NAN, Gradient.INF)


@dataclass(frozen=True, slots=True)
class _Line:
    indent: int
    label: str
    rows: Sequence[VariableRow] = ()
    module: ModuleRow | None = None


class _Columns(NamedTuple):
    """Widths."""

    name: int
    bar: int
    number: int
    update: int


_Cells = tuple[str, str, str, str, str]
"""Name, bar, size, update, and what else there is to say."""


@dataclass(frozen=True, slots=True)
class _Scale:
    """Powers of ten at both ends of a bar of `cells`."""

    low: int
    high: int
    cells: int
    blocks: bool

    def reach(self, value: float) -> int:
        share = (math.log10(value) - self.low) / (self.high - self.low)
        return min(self.cells, max(1, round(share * self.cells)))

    def bar(self, sizes: Sequence[float]) -> str:
        """Filled as far as the smallest, shaded as far as the largest."""
        full, shade = ("\u2588", "\u2592") if self.blocks else ("#", "-")
        first, last = self.reach(min(sizes)), self.reach(max(sizes))
        return full * first + shade * (last - first)


def wanted(report: Report) -> bool:
    """Whether it tells a person something that they did not ask for with `--all`."""
    if not report.steps and report.kind == "run":
        return False
    if any(finding.severity is not Severity.NOTE for finding in report.findings):
        return True
    named = {name for finding in report.findings for name in finding.variables}
    return any(
        tree.sick(row) or (row.status is Status.UNKNOWN and row.name not in named)
        for row in report.variables
    )


def write(page: Page, report: Report, *, full: bool, blocks: bool) -> None:
    """Add the picture: all of it, or as much as leaves room for what else is on the screen."""
    lines, rest, hidden = _lines(report, full)
    if not lines:
        return
    scale = _scale(report.variables, 10 if page.width >= _WIDE else 6, blocks)
    table = [_cells(line, scale, page.width, full) for line in lines]
    names = max(cell_len(row[0]) for row in table)
    names = min(names, max(24, page.width - 46))
    numbers = max((cell_len(row[2]) for row in table), default=0)
    numbers = max(numbers, len("gradient"))
    updates = page.width >= _WIDE and any(row[3] for row in table)
    head = f"  {'variable':<{names}}  {'gradient':<{scale.cells + numbers + 2}}"
    page.row((head + ("  update" if updates else ""), "dim"))
    columns = _Columns(names, scale.cells, numbers, 6 if updates else 0)
    for line, cells in zip(lines, table, strict=True):
        _write_line(page, line, cells, columns)
    _write_rest(page, rest, hidden, scale)
    if rest or hidden:
        every = "`report.variables` has" if report.kind in ("watch", "explain") else "`--all` shows"
        page.prose((f"  {every} every variable", "dim"))
    if any(map(_size, report.variables)):
        page.prose((_legend(scale, updates), "dim"), hang=4)


def _write_line(page: Page, line: _Line, cells: _Cells, columns: _Columns) -> None:
    label, bar, number, update, words = cells
    style = _style(line.rows)
    if cell_len(label) > columns.name and line.rows:  # so that it can be copied whole
        page.row((f"  {label}", ""))
        label = ""
    parts = [(f"  {_padded(label, columns.name)}", "" if line.rows else "bold")]
    if line.rows:
        parts.append((f"  {_padded(bar, columns.bar)}", style))
        if number or page.width >= _WIDE:
            parts.append((f"  {_padded(number, columns.number)}", ""))
        if columns.update:
            parts.append((f"  {_padded(update, columns.update)}", ""))
    used = sum(cell_len(part) for part, _ in parts)
    if words and used + 2 + cell_len(words) <= page.width:
        parts.append((f"  {words}", style if line.rows else "dim"))
        words = ""
    page.row(*parts)
    if words:
        page.prose((" " * (line.indent + 4), ""), (words, style or "dim"), hang=line.indent + 4)


def _lines(report: Report, full: bool) -> tuple[list[_Line], list[VariableRow], int]:
    """Lines to show, variables that are told in one line together, and how many lines are cut."""
    if full:
        return list(_walked(tree.planted(report, report.modules))), [], 0
    odd = [row for row in report.modules if _odd(row.output)]
    lines = list(_walked(tree.planted(report, odd)))
    if len(lines) > _SCREEN:
        lines = list(_walked(tree.folded(tree.planted(report, odd))))
    if len(lines) <= _SCREEN:
        return lines, [], 0
    rest: list[VariableRow] = []
    for wanted in (tree.doubtful, tree.sick):
        roots, rest = tree.pruned(tree.folded(tree.planted(report, ())), wanted)
        lines = list(_walked(roots))
        if len(lines) <= _SCREEN:
            return lines, rest, 0
    shown = lines[: _SCREEN - 1]
    return shown, rest, sum(len(line.rows) for line in lines[len(shown) :])


def _walked(roots: list[tree.Node]) -> Iterator[_Line]:
    todo = [(root, 0) for root in reversed(roots)]
    while todo:
        first, indent = todo.pop()
        label, node = tree.chained(first)
        yield _Line(indent, one_line(label), tuple(node.rows), node.module)
        todo.extend((child, indent + 2) for child in reversed(node.children))


def _cells(line: _Line, scale: _Scale, width: int, full: bool) -> _Cells:
    label = " " * line.indent + line.label
    if not line.rows:
        return label, "", "", "", _of_module(line.module, full)
    if width >= _WIDE and line.rows[0].shape:
        label += f" {'x'.join(map(str, line.rows[0].shape))}"
    sizes = [size for row in line.rows if (size := _size(row)) is not None]
    bar = scale.bar(sizes) if sizes else _last(line.rows[0]).value
    if tree.noise(line.rows[0]):
        bar, sizes = "noise", [size for row in line.rows if (size := _rms(row)) is not None]
    ratios = [ratio for row in line.rows if (ratio := _ratio(row)) is not None]
    return label, bar, _span(sizes), _span(ratios, short=True), _words(line.rows[0])


def _of_module(row: ModuleRow | None, full: bool) -> str:
    if row is None:
        return ""
    words = [one_line(row.class_name)]
    if row.output is not None and (full or _odd(row.output)):
        if row.output.zeros == 1.0:
            words.append("output all zero")
        elif row.output.bad:
            words.append(f"output {_percent(row.output.bad)} nan or inf")
        else:
            words.append(f"output {norm(row.output.rms)}")
        if _ZEROS <= row.output.zeros < 1.0:
            words.append(f"{_percent(row.output.zeros)} zeros")
    return ", ".join(words)


def _odd(output: Spread | None) -> bool:
    return output is not None and (output.zeros == 1.0 or output.bad > 0)


def _percent(share: float) -> str:
    return f"{max(1, math.floor(share * 100))}%"


def _last(row: VariableRow) -> Gradient:
    """What came in the last step, where a bar would tell of it and there is none; else the best."""
    return row.steps[-1].gradient if row.steps and row.gradient_norm == 0.0 else row.gradient


def _size(row: VariableRow) -> float | None:
    """The length of a bar. Noise has none, or it would set the scale."""
    return None if tree.noise(row) else _rms(row)


def _rms(row: VariableRow) -> float | None:
    """Root mean square of the gradient's entries in the last step that has one."""
    count = math.prod(row.shape)
    if row.gradient is not Gradient.FINITE or not row.gradient_norm or not count:
        return None
    if not math.isfinite(row.gradient_norm):
        return None
    return row.gradient_norm / math.sqrt(count)


def _ratio(row: VariableRow) -> float | None:
    return next((step.update_ratio for step in reversed(row.steps) if step.update_ratio), None)


def _span(values: Sequence[float], *, short: bool = False) -> str:
    if not values:
        return ""
    digits = 1 if short else 2
    low, high = (f"{value:.{digits}g}" for value in (min(values), max(values)))
    if low == high:
        return low
    return f"{low}..{high}"


def _words(row: VariableRow) -> str:
    """What is not as it is for a variable that trains; of facts that follow, the first."""
    if row.status is Status.TRAINS:
        return ""
    verdict = "not judged" if row.status is Status.UNKNOWN else row.status.value
    if row.status not in (Status.BROKEN, Status.UNKNOWN):
        return verdict
    if not row.registered:
        return f"{verdict}, not listed"
    if row.optimizer is None:
        return f"{verdict}, no optimizer"
    still = row.gradient is Gradient.FINITE and row.moved is False
    return f"{verdict}, did not move" if still else verdict


def _style(rows: Sequence[VariableRow]) -> str:
    if not rows:
        return ""
    if rows[0].gradient in _SICK and rows[0].trainable:
        return "bold red"
    return "yellow" if tree.noise(rows[0]) else _STYLES[rows[0].status]


def _scale(rows: Sequence[VariableRow], cells: int, blocks: bool) -> _Scale:
    sizes = [size for row in rows if (size := _size(row)) is not None]
    if not sizes:
        return _Scale(-3, 0, cells, blocks)
    high = math.ceil(math.log10(max(sizes)))
    low = math.floor(math.log10(min(sizes)))
    least, most = _DECADES
    return _Scale(min(high - least, max(low, high - most)), high, cells, blocks)


def _write_rest(page: Page, rest: Sequence[VariableRow], hidden: int, scale: _Scale) -> None:
    for status, words in (
        (Status.TRAINS, ("trains", "train")),
        (Status.FROZEN, ("is frozen", "are frozen")),
        (Status.CONSTANT, ("is constant", "are constant")),
        (Status.UNKNOWN, ("is not judged", "are not judged")),
    ):
        rows = [row for row in rest if row.status is status]
        if not rows:
            continue
        sizes = [size for row in rows if (size := _size(row)) is not None]
        text = f"  and {len(rows)} more that {words[len(rows) > 1]}"
        bar = f"  {scale.bar(sizes)}  {_span(sizes)}" if sizes else ""
        page.row((text, "dim"), (bar, "green"))
    if hidden:
        page.row((f"  and {hidden} more to look at", "bold red"))


def _legend(scale: _Scale, updates: bool) -> str:
    words = f"  bar: rms of the gradient's entries, 1e{scale.low}..1e{scale.high}, log"
    return words + ("; update: over weight norm" if updates else "")


def _padded(text: str, cells: int) -> str:
    return text + " " * max(0, cells - cell_len(text))
