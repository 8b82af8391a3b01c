"""After the findings: the verdicts counted, the variables that do not train, what was not seen."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len

from whygrad.model.finding import Severity
from whygrad.model.report import Gradient, Report, Status, VariableRow
from whygrad.render.escape import one_line
from whygrad.render.names import counted, joined
from whygrad.render.terminal.finding import norm
from whygrad.render.terminal.page import Page

_WORDS = {
    Status.TRAINS: ("trains", "train"),
    Status.BROKEN: ("does not train", "do not train"),
    Status.FROZEN: ("is frozen", "are frozen"),
    Status.CONSTANT: ("is constant", "are constant"),
    Status.UNKNOWN: ("is not judged", "are not judged"),
}
_SHOWN = (Status.BROKEN, Status.UNKNOWN, Status.FROZEN)
_PRESSING = {Status.BROKEN, Status.UNKNOWN}
_MOST_ROWS = 20
_LONGEST_MESSAGE = 100
Row = tuple[str, ...]


def headline(report: Report) -> str:
    """Give the one line that says how it went."""
    counts = [
        counted(number, severity.value)
        for severity in Severity
        if (number := sum(f.severity is severity for f in report.findings))
    ]
    if report.kind == "check":
        return f"whygrad: {', '.join(counts) or 'nothing found'}"
    found = ", ".join(counts)
    verdicts = _verdicts(report)
    pressing = any(f.severity is not Severity.NOTE for f in report.findings)
    parts = (found, verdicts) if pressing else (verdicts, found)
    return f"whygrad: {'; '.join(part for part in parts if part)} ({_seen(report)})"


def _verdicts(report: Report) -> str:
    variables = report.variables
    if not variables:
        return "no variable was judged"
    if not report.steps and report.kind == "run":
        return f"no training step was seen; {counted(len(variables), 'variable')} in the model"
    tally = {status: sum(row.status is status for row in variables) for status in Status}
    parts = [f"{n} {_WORDS[status][n != 1]}" for status, n in tally.items() if n]
    if len(parts) > 1:
        return f"of {len(variables)} variables, {', '.join(parts)}"
    (status,) = (status for status, n in tally.items() if n)
    if len(variables) == 1:
        return f"the only variable {_WORDS[status][0]}"
    if status is Status.BROKEN:
        return f"none of the {len(variables)} variables trains"
    return f"all {len(variables)} variables {_WORDS[status][1]}"


def _seen(report: Report) -> str:
    frameworks = ", ".join(f"{name} {version}" for name, version in report.frameworks.items())
    ending = {
        "steps": ", then stopped",
        "exception": ", then an exception",
        "interrupt": ", then interrupted",
        "exit": ", then the script exited",
    }.get(report.stopped, "")
    parts = (f"{counted(report.steps, 'step')}{ending}", frameworks)
    return "; ".join(one_line(part) for part in parts if part)


def write(page: Page, report: Report) -> None:
    """Add the summary to the page."""
    if report.exception:
        where = f"{report.exception.location}: " if report.exception.location else ""
        text = _first_words(report.exception.message)  # the traceback above has the rest
        page.prose((where, "bold"), (f"the script raised {report.exception.type}: {text}", ""))
    statuses = {row.status for row in report.variables}
    if statuses & _PRESSING and (report.steps or report.kind != "run"):
        page.blank()
        _table(page, [row for row in report.variables if row.status in _SHOWN])
    if report.notices:
        page.blank()
        for words in report.notices:
            page.prose(("- ", ""), (words, ""))
    page.blank()
    page.prose((headline(report), "bold red" if report.errors else "bold"))


def _first_words(message: str) -> str:
    line = (message.strip().splitlines() or [""])[0]
    return line if len(line) <= _LONGEST_MESSAGE else f"{line[:_LONGEST_MESSAGE].rstrip()}..."


def _table(page: Page, variables: Sequence[VariableRow]) -> None:
    groups: dict[Row, list[VariableRow]] = {}
    for row in sorted(variables, key=lambda row: _SHOWN.index(row.status)):
        key = (
            row.status.value,
            _listed(row),
            row.optimizer or "none",
            row.gradient.value,
            _moved(row),
        )
        groups.setdefault(key, []).append(row)
    heads: Row = ("variable", "verdict", "listed", "optimizer", "gradient", "moved")
    rows = [
        (one_line(joined([row.name for row in group])), *key[:3], _gradient(group), key[4])
        for key, group in groups.items()
    ]
    hidden = len(rows) - _MOST_ROWS
    rows = rows[:_MOST_ROWS]
    others = [max(cell_len(row[i]) for row in (heads, *rows)) for i in range(1, len(heads))]
    room = max(page.width - sum(others) - 2 * len(others) - 2, 20)
    name = min(room, max(cell_len(row[0]) for row in (heads, *rows)))
    for cells in (heads, *rows):
        _table_row(page, cells, [name, *others], "dim" if cells is heads else "")
    if hidden > 0:
        page.row((f"  ... and {counted(hidden, 'more row')}; all are in `--format json`", ""))


def _table_row(page: Page, row: Row, widths: Sequence[int], style: str) -> None:
    name, *cells = row
    if cell_len(name) > widths[0]:  # a long name has a line of its own, and can be copied whole
        page.row((f"  {name}", style))
        name = ""
    texts = [name, *cells]
    padded = (
        text + " " * (width - cell_len(text)) for text, width in zip(texts, widths, strict=True)
    )
    page.row(("  " + "  ".join(padded), style))


def _listed(row: VariableRow) -> str:
    return "yes" if row.registered else "no"


def _moved(row: VariableRow) -> str:
    return {True: "yes", False: "no", None: "?"}[row.moved]


def _gradient(group: Sequence[VariableRow]) -> str:
    kind = group[0].gradient
    norms = [row.gradient_norm for row in group if row.gradient_norm is not None]
    if kind is not Gradient.FINITE or not norms:
        return kind.value
    low, high = norm(min(norms)), norm(max(norms))
    return low if low == high else f"{low} to {high}"
