"""A model of which another one like it has taken the place, while an optimizer holds the first."""

from __future__ import annotations

from whygrad.flow.case import Case
from whygrad.flow.run import Run, unit
from whygrad.flow.trace import Verdict
from whygrad.flow.variable import Variable


def earlier(case: Case) -> Variable | None:
    """The variable of the same name and shape in the other model: it is held, and no loss uses it,
    as where a list was taken of a model before it was cloned.
    """
    run, variable = case.run, case.variable
    model, top = unit(variable)
    if model is None or case.held or case.verdict is not Verdict.WHOLE:
        return None
    own = variable.name[len(model) :]
    for (other, same), members in run.by_unit.items():
        if same != top or other is None or other == model:
            continue
        for twin in members:
            like = twin.name[len(other) :] == own and twin.shape == variable.shape
            if like and twin.holders and _unused(run, twin):
                return twin
    return None


def _unused(run: Run, variable: Variable) -> bool:
    values = ((step, seen.value) for step, seen in enumerate(variable.steps))
    return all(
        value is None or run.traces[step][value].verdict is Verdict.UNUSED for step, value in values
    )
