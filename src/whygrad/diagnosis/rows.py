"""The verdict on every variable."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from whygrad.diagnosis.judge import Judged
from whygrad.flow.run import Run, best_gradient, moved
from whygrad.flow.variable import Variable
from whygrad.model.finding import Severity
from whygrad.model.report import Status, VariableRow


def rows(run: Run, judged: Iterable[Judged]) -> tuple[VariableRow, ...]:
    """One row a variable, in the recording's order."""
    verdicts = _verdicts(judged)
    return tuple(_row(run, variable, verdicts) for variable in run.recording.variables)


def _verdicts(judged: Iterable[Judged]) -> dict[str, Status]:
    """The first cause of a variable decides; the rules give matches in differential order."""
    found: dict[str, Status] = {}
    for each in judged:
        for name in each.names:
            status = each.match.status
            if status is None:
                status = Status.UNKNOWN
                if each.match.severity is not Severity.NOTE:
                    status = Status.BROKEN
            if found.get(name) is not Status.BROKEN:
                found[name] = status
    return found


def _row(run: Run, variable: Variable, verdicts: Mapping[str, Status]) -> VariableRow:
    norms = [step.gradient_norm for step in variable.steps if step.gradient_norm is not None]
    return VariableRow(
        name=variable.name,
        model=variable.model,
        shape=variable.shape,
        dtype=variable.dtype,
        registered=variable.registered,
        trainable=variable.trainable,
        optimizer=variable.holders[0].optimizer if variable.holders else None,
        gradient=best_gradient(variable),
        gradient_norm=norms[-1] if norms else None,
        moved=moved(variable),
        status=_status(run, variable, verdicts),
        location=variable.made_at,
        aliases=variable.aliases,
    )


def _status(run: Run, variable: Variable, verdicts: Mapping[str, Status]) -> Status:
    known = verdicts.get(variable.name)
    if known is Status.BROKEN:
        return known
    if variable.name in run.training:
        return Status.TRAINS
    if known is not None:
        return known
    if not variable.trainable:
        return Status.FROZEN if variable.registered else Status.CONSTANT
    return Status.UNKNOWN
