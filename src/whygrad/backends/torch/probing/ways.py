"""Which edges to measure: those on a way along which gradient may come to a sick variable."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from whygrad.flow.graph import FlowGraph
from whygrad.flow.trace import walk_back

Operand = tuple[int, int]
"""A record, and the place of an argument among what it read."""

TOGETHER: Final = frozenset(("multi_head_attention_forward",))
"""They ask whether two arguments are the same object, and compute differently if not. Arguments
that are the same count as one operand, the first.
"""


@dataclass(frozen=True, slots=True)
class Ways:
    """All that is measured of a step."""

    edges: dict[int, Operand]
    values: frozenset[int]
    """Both ends of the edges."""
    apart: frozenset[Operand]
    """Operands whose source is read elsewhere too, so that each needs a hook of its own."""

    def leaving(self, graph: FlowGraph) -> dict[int, list[int]]:
        """The measured edges out of each value."""
        found: dict[int, list[int]] = {}
        for edge in self.edges:
            found.setdefault(graph.sources[edge], []).append(edge)
        return found


def ways(graph: FlowGraph, records: Sequence[Sequence[object]], sick: Iterable[int]) -> Ways:
    """Every edge without a barrier that leads from one of `sick` towards a loss."""
    _, reached = walk_back(graph)
    before = bytearray(graph.value_count)
    for value in sick:
        before[value] = reached[value]
    sources, targets, barriers = graph.sources, graph.targets, graph.barriers
    places = _places(graph, records)
    edges: dict[int, Operand] = {}
    for edge in _rising(graph):
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


def _rising(graph: FlowGraph) -> Iterable[int]:
    return sorted(range(len(graph.targets)), key=graph.targets.__getitem__)


def _places(graph: FlowGraph, records: Sequence[Sequence[object]]) -> dict[int, Operand]:
    """The operand that each edge stands for. What a write leaves nothing of has no edge."""
    groups: dict[tuple[int, int], list[int]] = {}
    for edge in range(len(graph.targets)):
        groups.setdefault((graph.edge_ops[edge], graph.targets[edge]), []).append(edge)
    found: dict[int, Operand] = {}
    for (op, _), group in groups.items():
        if op >= len(records):
            continue
        ins = records[op][3]
        assert isinstance(ins, tuple)
        skipped = len(ins) - len(group)
        if [graph.sources[edge] for edge in group] == list(ins[skipped:]):
            for place, edge in enumerate(group, skipped):
                if graph.ops[op].name in TOGETHER:
                    place = ins.index(graph.sources[edge])
                found[edge] = op, place
    return found
