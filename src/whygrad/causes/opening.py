"""Taking cuts away in a replay: the edges of one cause, and what lies in a row with it."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import replace

from whygrad.causes.rule import Expect, Undo, Undoing
from whygrad.causes.undoing import NOT_KEPT, handed_words, like, nearest, usable
from whygrad.causes.ways import cut_for, without
from whygrad.flow.case import Case
from whygrad.flow.graph import Edge, FlowGraph
from whygrad.flow.replaying import Change, ChangeKind
from whygrad.flow.trace import reason

_DEEPEST = 8
"""Cuts behind one another that are opened together: each costs a walk."""


def opened(case: Case, edge: Edge, above: Set[object], words: str) -> Undoing:
    """The cut at `edge` of the case's own step is taken away, wherever the same line cuts for the
    same reason. `above` are the reasons of the cuts that gradient meets before it.
    """

    def made(steps: Sequence[int]) -> Undo | str:
        step = case.cut_step
        if step is None:
            return NOT_KEPT
        own = reason(case.recording.steps[step].graph, edge)
        chosen = _step(case, own, [s for s in (step, *steps) if s in steps])
        value = None if chosen is None else case.variable.steps[chosen].value
        if chosen is None or value is None:
            return NOT_KEPT
        graph = case.recording.steps[chosen].graph
        mine, others = _in_a_row(case, chosen, frozenset({own}), frozenset(above))
        return Undo(
            chosen,
            words if len(mine) == 1 else f"{words}, the other cuts of that line opened",
            (value,),
            (_opening(graph, mine),),
            others=(_opening(graph, others),) if others else (),
        )

    return made


def cuts_behind(case: Case, step: int) -> tuple[Change, ...]:
    """Whatever cuts the variable off in that step, for a cause that lies before all cuts."""
    _, others = _in_a_row(case, step, frozenset(), frozenset())
    return (_opening(case.recording.steps[step].graph, others),) if others else ()


def _opening(graph: FlowGraph, reasons: Set[object]) -> Change:
    return Change(ChangeKind.OPEN, edges=tuple(sorted(cut_for(graph, reasons))))


def _step(case: Case, own: object, steps: Sequence[int]) -> int | None:
    """The first of the kept steps in which the same line cuts for the same reason."""
    for step in steps:
        value = case.variable.steps[step].value
        if value is not None and cut_for(case.recording.steps[step].graph, {own}):
            return step
    return None


def _in_a_row(
    case: Case, step: int, own: frozenset[object], above: frozenset[object]
) -> tuple[set[object], set[object]]:
    """The reasons to take away for this cause, and those of further cuts on the same way. What
    else is cut on the same line belongs to it: `x.detach().numpy()`.
    """
    graph = case.recording.steps[step].graph
    value = case.variable.steps[step].value
    mine, others = set(own), set(above)
    first = without(case, step, above).get(value, ()) if value is not None and own else ()
    met = {reason(graph, graph.edge(number)) for number in first}
    lines = {_line(graph, number) for number in first if reason(graph, graph.edge(number)) in own}
    for _ in range(_DEEPEST):
        front = (
            without(case, step, frozenset(mine | others)).get(value) if value is not None else ()
        )
        if not front:
            break
        found = {reason(graph, graph.edge(number)): number for number in front}
        for key in set(found) - met or set(found):
            line = _line(graph, found[key])
            (mine if line is not None and line in lines else others).add(key)
        met |= set(found)
    return mine, others


def _line(graph: FlowGraph, number: int) -> tuple[str, int] | None:
    place = graph.ops[graph.edge_ops[number]].place
    return None if place is None else (place.path, place.line)


def asked_for(case: Case, words: str) -> Undoing:
    """The variable is asked for a gradient."""

    def made(steps: Sequence[int]) -> Undo | str:
        found = usable(case, steps)
        if isinstance(found, str):
            return found
        step, value = found
        ask = Change(ChangeKind.ASK, values=(value,))
        return Undo(step, words, (value,), (ask,), others=cuts_behind(case, step))

    return made


def handed(case: Case) -> Undoing:
    """What the framework does not list is asked for a gradient, as far as it does not ask itself,
    and given to the optimizer that holds what stands next to it.
    """

    def made(steps: Sequence[int]) -> Undo | str:
        found = usable(case, steps)
        if isinstance(found, str):
            return found
        step, value = found
        optimizer = nearest(case)
        asking = not case.variable.trainable
        words = handed_words(optimizer, asked=asking)
        return Undo(
            step,
            words,
            (value,),
            (Change(ChangeKind.ASK, values=(value,)),),
            replace(like(optimizer), values=(value,)) if optimizer is not None else None,
            Expect.GRADIENT if optimizer is None else Expect.UPDATE,
            cuts_behind(case, step),
        )

    return made
