"""Units that were alive at first and that one large update killed for good."""

from __future__ import annotations

from typing import Final

from whygrad.causes.words import at, every, number, optimizer_named
from whygrad.causes.zero.spots import Spot
from whygrad.causes.zero.whys import Why
from whygrad.flow.case import Case
from whygrad.flow.kinds import Kind
from whygrad.flow.trace import leading
from whygrad.flow.variable import Variable

LARGE: Final = 0.5
"""An update of that share of a weight's own size leaves little of what it was."""
LOWER: Final = (
    "lower the learning rate, by ten times and more, or let it rise from near 0 over the first"
    " steps; clipping the gradient bounds such a step too"
)
_KILLED: Final = frozenset({Kind.RECTIFIER, Kind.SQUASH, Kind.CLAMP})


def since_it_died(case: Case) -> Case:
    """The case of a variable that got gradient at first, from where none came any more on."""
    died = case.died_at
    return case if died is None else Case(case.run, case.variable, since=died)


def when(case: Case) -> str:
    """In how many steps nothing came back."""
    if not case.since:
        return every(len(case.dead_steps))
    return f"in every observed step from step {case.since + 1} on"


def shocked(case: Case, spot: Spot) -> tuple[str, ...] | None:
    """The update that left every unit of an activation flat; None where no such was seen: a loss
    that is satisfied, a branch that has its turn now and then.
    """
    graph = case.recording.steps[spot.step].graph
    op = graph.ops[spot.op]
    if spot.why not in (Why.OFF, Why.FLAT) or op.kind not in _KILLED:
        return None
    before = leading(graph, (graph.sources[edge] for edge in spot.edges))
    feeding = [
        (ratio * (variable.steps[step].weight_norm or 0.0), ratio, step, variable)
        for variable in case.recording.variables
        if (value := variable.steps[spot.step].value) is not None and before[value]
        for step in range(case.since)
        if (ratio := _ratio(variable, step)) >= LARGE
    ]
    if not feeding:
        return None
    _, ratio, step, variable = max(feeding, key=lambda found: found[0])
    return (_told(case, variable, step, ratio), "it got a gradient before")


def _told(case: Case, variable: Variable, step: int, ratio: float) -> str:
    holding = variable.holders[0] if variable.holders else None
    optimizers = case.recording.optimizers
    one = next((o for o in optimizers if holding and o.name == holding.optimizer), None)
    named = f" of {optimizer_named(one)}{at(one.built_at)}" if one is not None else ""
    rate = f", with a learning rate of {number(holding.learning_rate)}" if holding else ""
    was, now = (variable.steps[i].weight_norm for i in (step, step + 1))
    return (
        f"step {step + 1}{named} moved `{variable.name}` by {number(ratio)} times its own size"
        f" (norm {number(was)} before, {number(now)} after){rate}"
    )


def _ratio(variable: Variable, step: int) -> float:
    seen = variable.steps[step]
    if seen.update_ratio is not None:
        return seen.update_ratio
    return seen.update_norm / seen.weight_norm if seen.update_norm and seen.weight_norm else 0.0
