"""Reads a function's graph: its inputs and outputs, what it calls, which variables it writes on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from whygrad.backends.tensorflow.kinds import writes
from whygrad.backends.tensorflow.log import Phase
from whygrad.backends.tensorflow.traced.tracing import CALLS, Made, Trace, trace_of

BRANCHES: Final = frozenset(("If", "StatelessIf", "Case", "StatelessCase"))
LOOPS: Final = frozenset(("While", "StatelessWhile"))
DATASETS: Final = frozenset(("ScanDataset", "ReduceDataset"))
"""What AutoGraph makes of a `for` over a dataset."""

RESOURCE: Final = 20


def function_of(op: Any, attribute: str) -> Any:
    """The graph of the function that an attribute of an op names; None where there is none."""
    return _found(op.graph, op.get_attr(attribute).name)


def branches_of(op: Any) -> list[Any]:
    """The graphs of a conditional."""
    if op.type.endswith("Case"):
        return [_found(op.graph, branch.name) for branch in op.get_attr("branches")]
    # The index that the predicate stands for: 0 is false.
    return [function_of(op, "else_branch"), function_of(op, "then_branch")]


def called(op: Any) -> list[Any]:
    """The graphs of all functions that an op may run."""
    if op.type in CALLS:
        return [function_of(op, "f")]
    if op.type in BRANCHES:
        return branches_of(op)
    if op.type in LOOPS:
        return [function_of(op, "cond"), function_of(op, "body")]
    if op.type in DATASETS:
        return [function_of(op, "f")]
    return []


def arguments(op: Any) -> list[Any]:
    """What an op hands to the functions that it runs; None for what it makes for them itself."""
    given = list(op.inputs)
    if op.type in BRANCHES:
        return given[1:]
    if op.type not in DATASETS:
        return given
    (inner,) = called(op)
    states = carried(op)
    elements = 0 if inner is None else len(inner.inputs) - len(given) + 1
    return [*given[1 : states + 1], *[None] * elements, *given[states + 1 :]]


def carried(op: Any) -> int:
    """How many values a loop over a dataset carries from one element to the next."""
    return len(op.get_attr("Tstate"))


def _found(graph: Any, name: str) -> Any:
    while graph is not None:
        function = graph._functions.get(name)
        if function is not None:
            return function.graph
        graph = getattr(graph, "outer_graph", None)
    return None


def is_resource(tensor: Any) -> bool:
    """Whether it is a handle."""
    return bool(tensor.dtype.as_datatype_enum == RESOURCE)


def is_hidden(made: Made, tapes: int = 0) -> bool:
    """Whether an op is only a tape's way back, or an optimizer's update. `tapes` are those around
    the call of its graph, which record a way back as well.
    """
    if made.phase is Phase.BACKWARD:
        return not (made.tapes or tapes)
    return made.phase is Phase.UPDATE


def ops_of(graph: Any) -> Iterator[Any]:
    """All ops, in the order in which they were made."""
    trace = trace_of(graph)
    if trace is None:
        yield from graph.get_operations()
    else:
        yield from (item.op for item in trace.items if isinstance(item, Made))


class Written:
    """Which inputs of a graph are variables that it writes on, by graph."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[Any, frozenset[int]]] = {}

    def of(self, graph: Any) -> frozenset[int]:
        """Positions among the graph's inputs."""
        known = self._known.get(id(graph))
        if known is None:
            known = self._known[id(graph)] = graph, self._find(graph)
        return known[1]

    def handles(self, op: Any) -> list[Any]:
        """The handles that an op writes through."""
        if writes(op.type):
            return [op.inputs[0]]
        given = None
        found: list[Any] = []
        for graph in called(op):
            if graph is not None:
                given = given or arguments(op)
                found += [given[place] for place in self.of(graph) if place < len(given)]
        return [handle for handle in found if handle is not None]

    def _find(self, graph: Any) -> frozenset[int]:
        handles = {id(t): n for n, t in enumerate(graph.inputs) if is_resource(t)}
        if not handles:
            return frozenset()
        found = (handles.get(id(t)) for op in graph.get_operations() for t in self.handles(op))
        return frozenset(place for place in found if place is not None)


def trace_or_none(graph: Any) -> Trace | None:
    """What was noted of a graph."""
    return None if graph is None else trace_of(graph)
