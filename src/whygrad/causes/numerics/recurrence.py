"""A layer that is applied again and again, and whose gradient grows from time to time.

All of its times share one gradient, so there is no course over depth to see. What shows it is the
size of that sum beside the layers behind it that are used once: of recurrent cells that learn it
was a hundred times theirs at most, over 200 times; of those that explode ten thousand and more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from typing import Final

from whygrad.causes.numerics.depth import Layer, arrives_at, layers_of, reads_of
from whygrad.causes.rule import Expect, Match, Undo, Undoing
from whygrad.causes.undoing import NOT_KEPT
from whygrad.causes.words import number
from whygrad.flow.graph import FlowGraph
from whygrad.flow.kinds import Kind
from whygrad.flow.replaying import Change, ChangeKind
from whygrad.flow.run import Run
from whygrad.flow.trace import feeding
from whygrad.flow.variable import Variable
from whygrad.model.finding import Severity
from whygrad.model.report import Status
from whygrad.model.source import Fix

TIMES: Final = 16
"""So often, at least, a layer is applied in one step to be called recurrent."""
_FAR: Final = 1e3
"""By so much its gradient is larger than that of every layer behind it."""
_BETWEEN: Final = frozenset({Kind.SQUASH, Kind.RECTIFIER})


@dataclass(frozen=True, slots=True)
class _Cell:
    step: int
    layer: Layer
    reads: tuple[int, ...]
    """The ops that apply it."""
    behind: Layer
    arrives: float
    there: float
    """What arrives at the layer, and at the one behind it."""


def recurrent(run: Run) -> Iterator[Match]:
    """One finding a model, where it is so in every step that was differentiated."""
    steps = [i for i, step in enumerate(run.recording.steps) if step.differentiated]
    for variables in run.by_model.values():
        found = [_cells(run, variables, step) for step in steps]
        names = [{cell.layer.name for cell in cells} for cells in found]
        always = set.intersection(*names) if names else set()
        cells = [cell for cell in (found[-1] if found else ()) if cell.layer.name in always]
        if cells:
            yield _match(run, cells)


def _match(run: Run, cells: Sequence[_Cell]) -> Match:
    worst = max(cells, key=lambda cell: cell.arrives / cell.there)
    graph = run.recording.steps[worst.step].graph
    times = len(worst.reads)
    named = tuple(variable for cell in cells for variable in cell.layer.variables)
    return Match(
        Severity.WARNING,
        graph.ops[worst.layer.used].place,
        lambda n: (
            f"the gradient of {n} grows from time to time on its way back: `{worst.layer.name}` is"
            f" applied {times} times, and its gradient is {number(worst.arrives / worst.there)}"
            f" times that of `{worst.behind.name}` behind it"
        ),
        evidence=(
            f"gradient that arrives: `{worst.behind.name}` {number(worst.there)},"
            f" `{worst.layer.name}` {number(worst.arrives)} over all {times} times",
        ),
        fix=Fix(
            "begin with a recurrent matrix that keeps lengths (`nn.init.orthogonal_`), use a gated"
            " cell, or go back over fewer times; `nn.utils.clip_grad_norm_` limits the harm",
            safe=False,
        ),
        status=Status.UNKNOWN,
        variables=tuple(variable.name for variable in named),
        undo=_undo(run, cells),
    )


def _cells(run: Run, variables: Sequence[Variable], step: int) -> list[_Cell]:
    graph = run.recording.steps[step].graph
    layers = layers_of(graph, variables, step)
    reads = {layer: reads_by(graph, layer, step) for layer in layers}
    found = []
    for layer in layers:
        if len(reads[layer]) < TIMES:
            continue
        last = max(reads[layer])
        behind = [one for one in layers if one.used > last and len(reads[one]) == 1]
        cell = _compared(step, layer, reads[layer], behind)
        if cell is not None:
            found.append(cell)
    return found


def _compared(
    step: int, layer: Layer, reads: tuple[int, ...], behind: Sequence[Layer]
) -> _Cell | None:
    """Both what is added and the matrices must lie far above those of all layers behind, since
    what is added at the last one may sum to nothing.
    """
    told = None
    for relative in (False, True):
        own = arrives_at(layer, step, relative)
        theirs = [(size, one) for one in behind if (size := arrives_at(one, step, relative))]
        if not theirs or not own:
            if relative:
                return None
            continue
        most, one = max(theirs, key=lambda pair: pair[0])
        if own < _FAR * most:
            return None
        told = told or _Cell(step, layer, reads, one, own, most)
    return told


def reads_by(graph: FlowGraph, layer: Layer, step: int) -> tuple[int, ...]:
    """The ops that read what a layer has, as often as its most used matrix is read."""
    found: list[int] = []
    for variable in layer.variables:
        value = variable.steps[step].value
        ops = {graph.edge_ops[e] for e in reads_of(graph, value)} if value is not None else set()
        if len(ops) > len(found):
            found = sorted(ops)
    return tuple(found)


def _undo(run: Run, cells: Sequence[_Cell]) -> Undoing:
    def made(steps: Sequence[int]) -> Undo | str:
        step = cells[0].step
        if step not in steps:
            return NOT_KEPT
        graph = run.recording.steps[step].graph
        own = [v.steps[step].value for cell in cells for v in cell.layer.variables]
        wanted = tuple(value for value in own if value is not None)
        ops = {op for cell in cells for op in cell.reads}
        change = handed_on(graph, ops, wanted, frozenset(wanted))
        if isinstance(change, str):
            return change
        words = "the gradient handed from time to time as it is"
        return Undo(step, words, wanted, (change,), expects=Expect.SMALLER, factor=100.0)

    return made


def handed_on(
    graph: FlowGraph, ops: Set[int], values: Iterable[int], weights: Set[int]
) -> Change | str:
    """Whatever lies between the times of a layer left out of the way back from `values`, but not
    the ways to its weights; or why that cannot be.
    """
    made_of = feeding(graph, values)
    whole = next((op for op in ops if graph.ops[op].kind is not Kind.CONTRACTION), None)
    if whole is not None:
        name = graph.ops[whole].name
        return f"`{name}` does all of one time at once: what it hands on cannot be told apart"
    within = range(min(ops), max(ops))
    edges = tuple(
        edge
        for edge, op in enumerate(graph.edge_ops)
        if (op in ops or (op in within and graph.ops[op].kind in _BETWEEN))
        and made_of[graph.sources[edge]]
        and graph.sources[edge] not in weights
    )
    if not edges:
        return "nothing is handed from one time to the next that could be left out"
    return Change(ChangeKind.BYPASS, edges=edges)
