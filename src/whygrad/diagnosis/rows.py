"""The verdict on every variable."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from whygrad.diagnosis.judge import Judged
from whygrad.flow.case import Case
from whygrad.flow.run import Run, best_gradient, moved
from whygrad.flow.variable import Observed, Variable
from whygrad.model.finding import Severity
from whygrad.model.report import Gradient, Status, StepRow, VariableRow


def rows(run: Run, judged: Iterable[Judged]) -> tuple[VariableRow, ...]:
    """One row a variable, in the recording's order."""
    verdicts = _verdicts(judged)
    probed = any(step.probe is not None for step in run.recording.steps)
    return tuple(
        _row(run, variable, verdicts, _noise(run, variable) if probed else ())
        for variable in run.recording.variables
    )


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


def _noise(run: Run, variable: Variable) -> tuple[int, ...]:
    """The steps in which what came back to a variable was rounding error and nothing else."""
    case = Case(run, variable)
    if not (variable.trainable and variable.leaf and case.deaths):
        return ()
    return tuple(i for i in case.dead_steps if case.seen[i].gradient is Gradient.FINITE)


def _row(
    run: Run, variable: Variable, verdicts: Mapping[str, Status], noise: Sequence[int]
) -> VariableRow:
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
        steps=tuple(_step(seen, i in noise) for i, seen in enumerate(variable.steps)),
    )


def _step(seen: Observed, noise: bool) -> StepRow:
    norms = _short(seen.gradient_norm), _short(seen.weight_norm), _short(_ratio(seen))
    return StepRow(seen.gradient, *norms, noise=True if noise else None)


def _ratio(seen: Observed) -> float | None:
    if seen.update_ratio is not None:
        return seen.update_ratio
    if seen.update_norm is None or not seen.weight_norm:
        return None
    return seen.update_norm / seen.weight_norm


def _short(value: float | None) -> float | None:
    """Six digits: the report is read, and it is saved for every variable and step."""
    return None if value is None else float(f"{value:.6g}")


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
