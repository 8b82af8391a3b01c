"""Which edges to measure: those on a way along which gradient may come to a sick variable."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from whygrad.flow.graph import FlowGraph
from whygrad.flow.trace import walk_back

Operand = tuple[int, int]
"""A record, and the place of an argument among what it read."""

Spot = int | Operand
"""A value, or one operand of a record: where a gradient is looked at."""


@dataclass(frozen=True, slots=True)
class Ways:
    """All that is measured of a step."""

    edges: dict[int, Operand]
    values: frozenset[int]
    """Both ends of the edges."""
    apart: frozenset[Operand]
    """Operands whose source is read elsewhere too, so that each needs a hook of its own."""

    def spot(self, graph: FlowGraph, edge: int) -> Spot:
        """Where the gradient of a measured edge is looked at."""
        operand = self.edges[edge]
        return operand if operand in self.apart else graph.sources[edge]


def ways(graph: FlowGraph, places: Mapping[int, Operand], sick: Iterable[int]) -> Ways:
    """Every edge without a barrier that leads from one of `sick` towards a loss. `places` gives the
    operand that an edge stands for, where it stands for one.
    """
    _, reached = walk_back(graph)
    before = bytearray(graph.value_count)
    for value in sick:
        before[value] = reached[value]
    sources, targets, barriers = graph.sources, graph.targets, graph.barriers
    edges: dict[int, Operand] = {}
    for edge in sorted(range(len(targets)), key=targets.__getitem__):
        if before[sources[edge]] and reached[targets[edge]] and not barriers[edge]:
            before[targets[edge]] = 1
            if edge in places:
                edges[edge] = places[edge]
    readers: dict[int, set[Operand]] = {}
    for edge, operand in edges.items():
        readers.setdefault(sources[edge], set()).add(operand)
    apart = {operand for group in readers.values() if len(group) > 1 for operand in group}
    values = {end for edge in edges for end in (sources[edge], targets[edge])}
    return Ways(edges, frozenset(values), frozenset(apart))
