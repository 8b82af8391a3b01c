"""The way of a variable through a step, and the layers of cuts on it."""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set
from typing import Final

from whygrad.flow.case import Case
from whygrad.flow.graph import Edge, FlowGraph, Op
from whygrad.flow.trace import Verdict, reason, trace, way
from whygrad.model.finding import PathStep

_LONGEST = 12
_LAYERS = 3
"""How many cuts behind one another are told: each costs a walk."""


INITIALIZERS: Final = frozenset(
    {"uniform", "normal", "trunc_normal", "fill", "zero", "zeros", "ones", "constant", "eye"}
    | {"dirac", "orthogonal", "sparse", "kaiming_uniform", "kaiming_normal", "xavier_uniform"}
    | {"xavier_normal", "copy", "requires_grad", "lecun_normal", "exponential", "random"}
)
"""Ops that give a variable its numbers. The first step also sees how the model was made."""

READS: Final = frozenset({"read_value", "ReadVariableOp"})
"""Ops by which a framework reads a variable on its way into another op: nobody wrote them."""


def uses(graph: FlowGraph, value: int) -> list[int]:
    """The edges by which the program reads a value, after it has got its numbers."""
    found: list[int] = []
    chain = [value]
    for current in chain:
        for edge in graph.out_of(current):
            if graph.ops[graph.edge_ops[edge]].name.strip("_") in INITIALIZERS | READS:
                chain.append(graph.targets[edge])
            else:
                found.append(edge)
    return found


def first_read(case: Case) -> int | None:
    """The first step in which an op read the variable."""
    for index, seen in enumerate(case.variable.steps):
        if seen.value is not None and uses(case.recording.steps[index].graph, seen.value):
            return index
    return None


def first_use(case: Case) -> Op | None:
    """The first op that read it."""
    step = first_read(case)
    value = None if step is None else case.variable.steps[step].value
    if step is None or value is None:
        return None
    graph = case.recording.steps[step].graph
    return graph.ops[graph.edge_ops[uses(graph, value)[0]]]


def path_to_loss(case: Case) -> Callable[[], tuple[PathStep, ...]]:
    """From the variable to the loss, on a shortest way."""

    def steps() -> tuple[PathStep, ...]:
        step = first_read(case)
        value = None if step is None else case.variable.steps[step].value
        if step is None or value is None:
            return ()
        graph = case.recording.steps[step].graph
        return shortened(graph, way(graph, value))

    return steps


def path_through(case: Case, cut: Edge) -> Callable[[], tuple[PathStep, ...]]:
    """From the variable through a cut to the loss."""

    def steps() -> tuple[PathStep, ...]:
        step = case.cut_step
        value = None if step is None else case.variable.steps[step].value
        if step is None or value is None:
            return ()
        graph = case.recording.steps[step].graph
        before = way(graph, value, frozenset({cut.source}))
        return shortened(graph, (*before, cut.number, *way(graph, cut.target)))

    return steps


def shortened(
    graph: FlowGraph, edges: Sequence[int], dead: Set[int] = frozenset()
) -> tuple[PathStep, ...]:
    """One entry an op, at most a dozen: the ends and what is cut matter, the middle does not.

    Ops of which an edge is in `dead` let no gradient through and are marked like cuts.
    """
    found: list[PathStep] = []
    last = None
    for number in edges:
        edge = graph.edge(number)
        op = graph.ops[edge.op]
        if edge.op == last or (not found and op.name.strip("_") in INITIALIZERS):
            continue
        if op.name in READS and not edge.barrier and number not in dead:
            continue
        last = edge.op
        found.append(PathStep(op.name, op.place, bool(edge.barrier) or number in dead))
    keep = set(range(min(3, len(found)))) | set(range(max(0, len(found) - 3), len(found)))
    for index, step in enumerate(found):
        if step.cut and len(keep) < _LONGEST - 2:
            keep |= {index, max(0, index - 1), min(len(found) - 1, index + 1)}
    for index in range(len(found)):
        if len(keep) >= _LONGEST:
            break
        keep.add(index)
    return tuple(found[index] for index in sorted(keep))


Layer = tuple[tuple[FlowGraph, Edge], ...]


def layers(case: Case) -> tuple[Layer, ...]:
    """The cuts as gradient meets them, and what would still cut once those were mended."""
    step = case.cut_step
    value = None if step is None else case.variable.steps[step].value
    if step is None or value is None:
        return ()
    found = [case.cuts]
    graph = case.recording.steps[step].graph
    lifted: set[object] = set()
    while len(found) < _LAYERS:
        lifted |= {reason(graph, edge) for _, edge in found[-1]}
        deeper = without(case, step, frozenset(lifted))
        if value not in deeper:
            break
        found.append(tuple((graph, graph.edge(number)) for number in deeper[value]))
    return tuple(
        layer for n, layer in enumerate(found) if not n or not _one_line(found[n - 1], layer)
    )


def _one_line(upper: Layer, layer: Layer) -> bool:
    """`x.detach().numpy()`: what NumPy asks for is no second cut."""
    lines = {
        (place.path, place.line)
        for graph, edge in upper
        if (place := graph.ops[edge.op].place) is not None
    }
    places = [graph.ops[edge.op].place for graph, edge in layer]
    return all(place is not None and (place.path, place.line) in lines for place in places)


def cut_for(graph: FlowGraph, reasons: Set[object]) -> set[int]:
    """Every edge that is cut for one of some reasons: all rounds of a loop, all of a region."""
    return {
        number
        for number, barrier in enumerate(graph.barriers)
        if barrier and reason(graph, graph.edge(number)) in reasons
    }


def without(case: Case, step: int, lifted: frozenset[object]) -> dict[int, tuple[int, ...]]:
    """Fronts of all variables with some cuts taken away; the walk serves all who share them."""
    known = case.run.deeper
    key = (step, lifted)
    if key not in known:
        graph = case.recording.steps[step].graph
        mended = cut_for(graph, lifted)
        barriers = graph.barriers
        values = [v.steps[step].value for v in case.recording.variables]
        traces = trace(
            graph,
            {value for value in values if value is not None},
            lambda number: not barriers[number] or number in mended,
        )
        known[key] = {v: t.front for v, t in traces.items() if t.verdict is Verdict.CUT}
    return known[key]
