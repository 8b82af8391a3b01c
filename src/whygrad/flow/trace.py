"""Where the gradient stops on its way from the loss back to each variable.

Three linear walks answer it for all variables at once. Values are in topological order, so
a walk is one loop over the numbers and nothing recurses:

1. which values feed a loss at all (over every edge),
2. which of them gradient reaches (over edges without a barrier),
3. for the rest, at which edges the gradient turns round: the *front*. An edge is on the
   front when gradient arrives at its target and cannot pass to its source.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum

from whygrad.flow.graph import FlowGraph


class Verdict(Enum):
    """What the walks say of one value."""

    WHOLE = "whole"
    UNUSED = "unused"
    CUT = "cut"


@dataclass(frozen=True, slots=True)
class Traced:
    """`front` holds the indices of the edges at which every way to the loss is cut."""

    verdict: Verdict
    front: tuple[int, ...] = ()


def trace(
    graph: FlowGraph, values: Iterable[int], carries: Callable[[int], bool] | None = None
) -> Mapping[int, Traced]:
    """Judge each of `values`. Linear in the graph, whatever the number of values.

    `carries` takes an edge index; without it, an edge carries when it has no barrier.
    """
    feeds, reached = walk_back(graph, carries)
    fronts = _fronts(graph, feeds, reached)
    result: dict[int, Traced] = {}
    known: dict[int, tuple[int, ...]] = {}
    for value in values:
        if reached[value]:
            result[value] = Traced(Verdict.WHOLE)
        elif not feeds[value]:
            result[value] = Traced(Verdict.UNUSED)
        else:
            mask = fronts[value]
            if mask not in known:
                known[mask] = _members(graph, mask, feeds, reached)
            result[value] = Traced(Verdict.CUT, known[mask])
    return result


def walk_back(
    graph: FlowGraph, carries: Callable[[int], bool] | None = None
) -> tuple[bytearray, bytearray]:
    """Which values feed a loss, and which of them its gradient reaches; 1 for yes."""
    feeds = bytearray(graph.value_count)
    reached = bytearray(graph.value_count)
    for loss in graph.losses:
        feeds[loss] = reached[loss] = 1
    starts, order = graph.incoming()
    sources, barriers = graph.sources, graph.barriers
    for value in range(graph.value_count - 1, -1, -1):
        if not feeds[value]:
            continue
        arrives = reached[value]
        for position in range(starts[value], starts[value + 1]):
            edge = order[position]
            source = sources[edge]
            feeds[source] = 1
            if arrives and (carries(edge) if carries else not barriers[edge]):
                reached[source] = 1
    return feeds, reached


def front(graph: FlowGraph, feeds: bytearray, reached: bytearray) -> list[int]:
    """The edges at which gradient turns round, most downstream first."""
    sources, targets = graph.sources, graph.targets
    edges = [
        edge
        for edge in range(len(sources))
        if reached[targets[edge]] and feeds[sources[edge]] and not reached[sources[edge]]
    ]
    edges.sort(key=lambda edge: -targets[edge])
    return edges


def _fronts(graph: FlowGraph, feeds: bytearray, reached: bytearray) -> list[int]:
    """For every value that gradient misses, the set of front edges ahead of it, as a bit mask."""
    masks = [0] * graph.value_count
    for bit, edge in enumerate(front(graph, feeds, reached)):
        masks[graph.sources[edge]] |= 1 << bit
    starts, order = graph.outgoing()
    targets = graph.targets
    for value in range(graph.value_count - 1, -1, -1):
        if not feeds[value] or reached[value]:
            continue
        mask = masks[value]
        for position in range(starts[value], starts[value + 1]):
            mask |= masks[targets[order[position]]]
        masks[value] = mask
    return masks


def _members(graph: FlowGraph, mask: int, feeds: bytearray, reached: bytearray) -> tuple[int, ...]:
    edges = front(graph, feeds, reached)
    members = []
    while mask:
        low = mask & -mask
        members.append(edges[low.bit_length() - 1])
        mask ^= low
    return tuple(members)


def way(graph: FlowGraph, value: int, goals: frozenset[int] | None = None) -> tuple[int, ...]:
    """Edges of a shortest way from `value` to a loss (or to one of `goals`), in data's order."""
    ends = frozenset(graph.losses) if goals is None else goals
    came: dict[int, int] = {value: -1}
    todo = [value]
    for current in todo:
        if current in ends:
            edges = []
            while came[current] >= 0:
                edge = came[current]
                edges.append(edge)
                current = graph.sources[edge]
            return tuple(reversed(edges))
        for edge in graph.out_of(current):
            target = graph.targets[edge]
            if target not in came:
                came[target] = edge
                todo.append(target)
    return ()


def last_seen(graph: FlowGraph, value: int) -> int | None:
    """The last edge that the influence of an unused value takes, or None where nothing reads it."""
    last: int | None = None
    seen = {value}
    todo = [value]
    for current in todo:
        for edge in graph.out_of(current):
            target = graph.targets[edge]
            if last is None or target >= graph.targets[last]:
                last = edge
            if target not in seen:
                seen.add(target)
                todo.append(target)
    return last
