"""A layer in front of one that is applied again and again, on whose way back gradient fades.

What stands in front is applied once, so its gradient has no other times to hide among: it is next
to nothing where every layer behind, and the repeated one itself, has its share.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from whygrad.causes.numerics.depth import Layer, arrives_at, layers_of
from whygrad.causes.numerics.recurrence import TIMES, handed_on, reads_by
from whygrad.causes.rule import Expect, Match, Undo, Undoing
from whygrad.causes.undoing import NOT_KEPT
from whygrad.causes.words import number
from whygrad.flow.run import Run
from whygrad.flow.variable import Variable
from whygrad.model.finding import Severity
from whygrad.model.report import Status
from whygrad.model.source import Fix

_FAR: Final = 1e-8
"""Of what arrives at the layers behind, no more than this arrives in front."""


@dataclass(frozen=True, slots=True)
class _Front:
    step: int
    layer: Layer
    cell: Layer
    reads: tuple[int, ...]
    """The ops that apply the cell."""
    arrives: float
    there: float
    """The least that arrives at a layer behind, or at the cell."""


def fading(run: Run) -> Iterator[Match]:
    """One finding a model, where it is so in every step that was differentiated."""
    steps = [i for i, step in enumerate(run.recording.steps) if step.differentiated]
    for variables in run.by_model.values():
        found = [_fronts(run, variables, step) for step in steps]
        names = [{front.layer.name for front in fronts} for fronts in found]
        always = set.intersection(*names) if names else set()
        fronts = [one for one in (found[-1] if found else ()) if one.layer.name in always]
        if fronts:
            yield _match(run, fronts)


def _fronts(run: Run, variables: Sequence[Variable], step: int) -> list[_Front]:
    graph = run.recording.steps[step].graph
    layers = layers_of(graph, variables, step)
    reads = {layer: reads_by(graph, layer, step) for layer in layers}
    cells = [layer for layer in layers if len(reads[layer]) >= TIMES]
    found = []
    for layer in layers:
        cell = next((c for c in cells if layer.used < c.used and len(reads[layer]) == 1), None)
        if cell is None:
            continue
        last = max(reads[cell])
        behind = [one for one in layers if one.used > last and len(reads[one]) == 1]
        sizes = _compared(layer, (cell, *behind), step) if behind else None
        if sizes is not None:
            found.append(_Front(step, layer, cell, reads[cell], *sizes))
    return found


def _compared(layer: Layer, others: Sequence[Layer], step: int) -> tuple[float, float] | None:
    """Both what is added and the matrices must lie far below, as far as there are any."""
    told = None
    for relative in (False, True):
        own = arrives_at(layer, step, relative)
        theirs = [size for one in others if (size := arrives_at(one, step, relative))]
        if not own or not theirs:
            continue
        if own > _FAR * min(theirs):
            return None
        told = told or (own, min(theirs))
    return told


def _match(run: Run, fronts: Sequence[_Front]) -> Match:
    worst = min(fronts, key=lambda front: front.arrives / front.there)
    graph = run.recording.steps[worst.step].graph
    times = len(worst.reads)
    share = number(worst.arrives / worst.there)
    undo = _undo(run, fronts)
    # A gated cell may learn to keep what it is given; what cannot be shown is no warning.
    shown = not isinstance(undo((worst.step,)), str)
    return Match(
        Severity.WARNING if shown else Severity.NOTE,
        graph.ops[worst.layer.used].place,
        lambda n: (
            f"next to nothing of the gradient reaches {n}: on its way back through"
            f" `{worst.cell.name}`, which is applied {times} times, it fades to {share} of what"
            " arrives behind"
        ),
        evidence=(
            f"gradient that arrives: `{worst.layer.name}` {number(worst.arrives)}, at the layers"
            f" behind it {number(worst.there)} and more",
        ),
        fix=Fix(
            "use a gated cell, begin with a recurrent matrix that keeps lengths"
            " (`nn.init.orthogonal_`), or let what comes before be seen later too: as an input of"
            " every time, or past the cell",
            safe=False,
        ),
        status=Status.UNKNOWN if shown else None,
        variables=tuple(v.name for front in fronts for v in front.layer.variables),
        undo=undo,
    )


def _undo(run: Run, fronts: Sequence[_Front]) -> Undoing:
    def made(steps: Sequence[int]) -> Undo | str:
        step = fronts[0].step
        if step not in steps:
            return NOT_KEPT
        graph = run.recording.steps[step].graph
        own = [v.steps[step].value for front in fronts for v in front.layer.variables]
        wanted = tuple(value for value in own if value is not None)
        seen = [v.steps[step].value for front in fronts for v in front.cell.variables]
        weights = tuple(value for value in seen if value is not None)
        ops = {op for front in fronts for op in front.reads}
        change = handed_on(graph, ops, wanted, frozenset(weights))
        if isinstance(change, str):
            return change
        words = "the gradient handed from time to time as it is"
        return Undo(step, words, wanted, (change,), expects=Expect.LARGER, factor=100.0)

    return made
