"""Optimizers over the one network of two alike that is kept still: a target in place of the net."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final

from whygrad.flow.graph import Barrier
from whygrad.flow.run import Run, got_gradient
from whygrad.flow.trace import Verdict
from whygrad.flow.variable import Variable

_MEANT: Final = frozenset({Barrier.DETACHED, Barrier.GRAD_DISABLED})


def misplaced(run: Run) -> frozenset[str]:
    """The names of optimizers all of whose variables are cut off as one cuts off a target network,
    while another network of the same shapes, beside it, gets gradient and no optimizer holds it.
    """
    known = run.memo.get(misplaced)
    if not isinstance(known, frozenset):
        known = run.memo[misplaced] = frozenset(_misplaced(run))
    return known


def _misplaced(run: Run) -> Iterable[str]:
    recording = run.recording
    if not recording.optimizers_known or not run.differentiated:
        return
    left = [v for v in recording.variables if left_over(run, v)]
    if not left:
        return
    shapes = Counter(v.shape for v in left)
    for optimizer in recording.optimizers:
        held = [
            v
            for v in recording.variables
            if any(holding.optimizer == optimizer.name for holding in v.holders)
        ]
        if held and optimizer.steps_taken and all(_kept_still(run, v) for v in held):
            alike = Counter(v.shape for v in held) <= shapes
            if alike and not _works_on(run, left, held):
                yield optimizer.name


def _works_on(run: Run, left: Iterable[Variable], held: Iterable[Variable]) -> bool:
    """Whether a variable of these computes with what the others have made: a head of a body."""
    for index, step in enumerate(run.recording.steps):
        graph = step.graph
        begin = {v.steps[index].value for v in held} - {None}
        seen, todo = set(begin), [*begin]
        while todo:
            value = todo.pop()
            new = {graph.targets[e] for e in graph.out_of(value)} if value is not None else set()
            todo += new - seen
            seen |= new
        for value in {v.steps[index].value for v in left} - {None}:
            assert value is not None
            targets = {graph.targets[e] for e in graph.out_of(value)}
            if any(graph.sources[e] in seen for t in targets for e in graph.into(t)):
                return True
    return False


def left_over(run: Run, variable: Variable) -> bool:
    """Whether a loss would train it and no optimizer does."""
    able = variable.trainable and variable.registered and not variable.holders
    return able and got_gradient(variable) and run.leads(variable)


def _kept_still(run: Run, variable: Variable) -> bool:
    """Whether it is used, and every way to a loss is cut as people do it on purpose."""
    if got_gradient(variable):
        return False
    seen = [
        (step, run.traces[step][one.value])
        for step, one in enumerate(variable.steps)
        if one.value is not None
    ]
    return bool(seen) and all(
        traced.verdict is Verdict.CUT
        and all(run.recording.steps[step].graph.barriers[edge] in _MEANT for edge in traced.front)
        for step, traced in seen
    )
