"""The one line that says how it went: findings and verdicts, counted."""

from __future__ import annotations

from whygrad.model.finding import Severity
from whygrad.model.report import Report, Status
from whygrad.render.escape import one_line
from whygrad.render.names import counted

_WORDS = {
    Status.TRAINS: ("trains", "train"),
    Status.BROKEN: ("does not train", "do not train"),
    Status.FROZEN: ("is frozen", "are frozen"),
    Status.CONSTANT: ("is constant", "are constant"),
    Status.UNKNOWN: ("is not judged", "are not judged"),
}


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
