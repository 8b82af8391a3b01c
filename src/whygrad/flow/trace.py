"""Where the gradient stops on its way from the loss back to each variable.

Three linear walks answer it for all variables at once. Values are in topological order, so
a walk is one loop over the edges by falling target, and nothing recurses:

1. which values feed a loss at all (over every edge),
2. which of them gradient reaches (over edges without a barrier),
3. for the rest, at which edges the gradient turns round: the *front*. An edge is on the
   front when gradient arrives at its target and cannot pass to its source.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import islice
from operator import le

from whygrad.flow.graph import Barrier, Edge, FlowGraph


class Verdict(Enum):
    """What the walks say of one value."""

    WHOLE = "whole"
    UNUSED = "unused"
    CUT = "cut"


@dataclass(frozen=True, slots=True)
class Traced:
    """`front` holds edges at which every way to the loss is cut, most downstream first.

    Of several edges that are cut by the same line for the same reason (a loop), it has the last.
    """

    verdict: Verdict
    front: tuple[int, ...] = ()


Carries = Callable[[int], bool]
"""Whether gradient passes an edge, by the edge's number."""


Alike = Callable[[int], object]
"""What two edges on the front must have in common to be told as one, by the edge's number."""


def trace(
    graph: FlowGraph,
    values: Iterable[int],
    carries: Carries | None = None,
    alike: Alike | None = None,
) -> Mapping[int, Traced]:
    """Judge each of `values`. Linear in the graph, whatever the number of values.

    Without `carries`, an edge carries when it has no barrier. Of front edges that are `alike`
    (without it: the same line for the same reason, see `reason`), the last stands for all.
    """
    feeds, reached = walk_back(graph, carries)
    values = list(values)
    missed = any(feeds[value] and not reached[value] for value in values)
    fronts = _Fronts(graph, feeds, reached, alike) if missed else None
    result: dict[int, Traced] = {}
    for value in values:
        if reached[value]:
            result[value] = Traced(Verdict.WHOLE)
        elif fronts is None or not feeds[value]:
            result[value] = Traced(Verdict.UNUSED)
        else:
            result[value] = Traced(Verdict.CUT, fronts.of(value))
    return result


def falling(graph: FlowGraph) -> Sequence[int]:
    """Numbers of the edges, by falling target. Most graphs were recorded in rising order."""
    targets = graph.targets
    if all(map(le, targets, islice(targets, 1, None))):
        return range(len(targets) - 1, -1, -1)
    return sorted(range(len(targets)), key=targets.__getitem__, reverse=True)


def walk_back(graph: FlowGraph, carries: Carries | None = None) -> tuple[bytearray, bytearray]:
    """Which values feed a loss, and which of them its gradient reaches; 1 for yes."""
    feeds = bytearray(graph.value_count)
    reached = bytearray(graph.value_count)
    for loss in graph.losses:
        feeds[loss] = reached[loss] = 1
    sources, targets, barriers = graph.sources, graph.targets, graph.barriers
    for edge in falling(graph):
        target = targets[edge]
        if feeds[target]:
            source = sources[edge]
            feeds[source] = 1
            if reached[target] and (carries(edge) if carries else not barriers[edge]):
                reached[source] = 1
    return feeds, reached


def feeding(graph: FlowGraph, values: Iterable[int]) -> bytearray:
    """1 for every value that some of `values` had a part in, over every edge."""
    fed = bytearray(graph.value_count)
    for value in values:
        fed[value] = 1
    sources, targets = graph.sources, graph.targets
    for edge in reversed(falling(graph)):
        if fed[sources[edge]]:
            fed[targets[edge]] = 1
    return fed


def leading(graph: FlowGraph, ends: Iterable[int]) -> bytearray:
    """1 for every value that has a part in some of `ends`, over every edge."""
    found = bytearray(graph.value_count)
    for end in ends:
        found[end] = 1
    for edge in falling(graph):
        if found[graph.targets[edge]]:
            found[graph.sources[edge]] = 1
    return found


def front(graph: FlowGraph, feeds: bytearray, reached: bytearray) -> list[int]:
    """The edges at which gradient turns round, most downstream first."""
    sources, targets = graph.sources, graph.targets
    return [
        edge
        for edge in falling(graph)
        if reached[targets[edge]] and feeds[sources[edge]] and not reached[sources[edge]]
    ]


class _Fronts:
    """For every value that gradient misses, the set of front edges ahead of it.

    Sets are bit masks, kept once each and named by a number: a value has one number, so the
    cost stays linear however many cuts there are.
    """

    def __init__(
        self, graph: FlowGraph, feeds: bytearray, reached: bytearray, alike: Alike | None = None
    ) -> None:
        self._alike = alike
        self._edges: list[int] = []
        self._masks = [0]
        self._numbers = {0: 0}
        self._unions: dict[tuple[int, int], int] = {}
        self._members: dict[int, tuple[int, ...]] = {}
        self._of = [0] * graph.value_count
        bits = self._bits(graph, front(graph, feeds, reached))
        sources, targets, of = graph.sources, graph.targets, self._of
        for edge in falling(graph):
            source, target = sources[edge], targets[edge]
            if reached[source] or not feeds[target]:
                continue
            ahead = bits[edge] if reached[target] else of[target]
            if ahead != of[source]:
                of[source] = self._union(of[source], ahead)

    def of(self, value: int) -> tuple[int, ...]:
        number = self._of[value]
        if number not in self._members:
            mask = self._masks[number]
            members = (e for bit, e in enumerate(self._edges) if mask >> bit & 1)
            self._members[number] = tuple(members)
        return self._members[number]

    def _bits(self, graph: FlowGraph, edges: Iterable[int]) -> dict[int, int]:
        seen: dict[object, int] = {}
        numbers: dict[int, int] = {}
        for edge in edges:
            key = self._alike(edge) if self._alike else reason(graph, graph.edge(edge))
            if key not in seen:
                seen[key] = self._number(1 << len(self._edges))
                self._edges.append(edge)
            numbers[edge] = seen[key]
        return numbers

    def _number(self, mask: int) -> int:
        if mask not in self._numbers:
            self._numbers[mask] = len(self._masks)
            self._masks.append(mask)
        return self._numbers[mask]

    def _union(self, one: int, other: int) -> int:
        if not one or not other:
            return one or other
        key = (one, other)
        if key not in self._unions:
            self._unions[key] = self._number(self._masks[one] | self._masks[other])
        return self._unions[key]


def reason(graph: FlowGraph, edge: Edge) -> object:
    """What would have to be changed in the program for the edge to carry: a region, or a call."""
    op = graph.ops[edge.op]
    region = op.region.place if op.region is not None else None
    if edge.barrier is Barrier.GRAD_DISABLED and region is not None:
        return edge.barrier, region.path, region.line
    if op.place is None:
        return edge.barrier, op.name, edge.op
    return edge.barrier, op.name, op.place.path, op.place.line, op.place.column


def way(graph: FlowGraph, value: int, goals: frozenset[int] | None = None) -> tuple[int, ...]:
    """Edges of a shortest way from `value` to a loss (or to one of `goals`), in data's order."""
    ends = frozenset(graph.losses) if goals is None else goals
    if value in ends:
        return ()
    sources, targets = graph.sources, graph.targets
    last = max(ends, default=-1)
    distance: dict[int, int] = {value: 0}
    came: dict[int, int] = {}
    for edge in reversed(falling(graph)):
        source = sources[edge]
        if source in distance:
            target = targets[edge]
            if target > last:
                break
            far = distance[source] + 1
            if far < distance.get(target, far + 1):
                distance[target] = far
                came[target] = edge
    reachable = [end for end in ends if end in came]
    if not reachable:
        return ()
    current = min(reachable, key=lambda end: distance[end])
    edges = []
    while current != value:
        edges.append(came[current])
        current = sources[came[current]]
    return tuple(reversed(edges))


def last_seen(graph: FlowGraph, values: Iterable[int]) -> Mapping[int, int]:
    """For unused values, the last edge that their influence takes; absent where nothing reads."""
    last: dict[int, int] = {}
    sources, targets = graph.sources, graph.targets
    for edge in falling(graph):
        source = sources[edge]
        candidate = last.get(targets[edge], edge)
        known = last.get(source)
        if known is None or targets[candidate] > targets[known]:
            last[source] = candidate
    return {value: last[value] for value in values if value in last}
