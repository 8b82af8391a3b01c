"""Which value went bad first, from the sizes of all: the first nan, or the inf that became one."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from whygrad.flow.graph import FlowGraph
from whygrad.flow.kinds import Kind
from whygrad.flow.measuring.sizes import Size, is_bad
from whygrad.flow.probe import Bad, Passed

SAMPLES: Final = 5

_MASKING: Final = frozenset((Kind.SELECTION, Kind.SUM, Kind.OTHER))
"""Through these an inf is put where a softmax is to give zero: a mask, not a fault."""


class Found(NamedTuple):
    """The op that made it, and what it made."""

    op: int
    target: int
    edges: tuple[int, ...]
    made: Size


def first_bad(graph: FlowGraph, sizes: Mapping[int, Size]) -> Found | Bad | None:
    """The op that made the loss not finite; a `Bad` where the data held it."""
    feeds = _feeding(graph, sizes)
    leaf = next((v for v in sorted(feeds) if sizes[v].nans and not graph.into(v)), None)
    if leaf is not None:
        return _in_data(graph, leaf, sizes[leaf])
    value = _first(graph, sizes, feeds)
    if value is None:
        return None
    edges = tuple(graph.into(value))
    if not edges:
        return _in_data(graph, value, sizes[value])
    return Found(graph.edge_ops[edges[0]], value, edges, sizes[value])


def _feeding(graph: FlowGraph, sizes: Mapping[int, Size]) -> set[int]:
    """The values that lead to a loss that is not finite, through values that are not so themselves:
    what a weight's memory held before it was initialized leads nowhere.
    """
    found = {loss for loss in graph.losses if is_bad(sizes.get(loss))}
    for edge in sorted(range(len(graph.targets)), key=graph.targets.__getitem__, reverse=True):
        target = graph.targets[edge]
        if target in found and is_bad(sizes.get(target)) and graph.sources[edge] in sizes:
            found.add(graph.sources[edge])
    return found


def _first(graph: FlowGraph, sizes: Mapping[int, Size], feeds: set[int]) -> int | None:
    """The value that went bad first: the first nan, or the inf that became one."""
    nan = next((v for v in sorted(feeds) if sizes[v].nans), None)
    if nan is None:
        return next((v for v in sorted(feeds) if sizes[v].infs), None)
    origins = _origins(graph, sizes, nan)
    return origins[0] if origins else nan


def _origins(graph: FlowGraph, sizes: Mapping[int, Size], nan: int) -> list[int]:
    """The values at which an inf that became a nan came to be; not those that a mask put there,
    which nothing but masking has touched on its way to the softmax.
    """
    found: list[int] = []
    touched = {nan: False}
    for value in (todo := [nan]):
        into = graph.into(value)
        if not into:
            continue
        computes = value != nan and graph.ops[graph.edge_ops[into[0]]].kind not in _MASKING
        for source in {graph.sources[edge] for edge in into}:
            if source in touched or not is_bad(sizes.get(source)):
                continue
            touched[source] = touched[value] or computes
            before = graph.into(source)
            if any(is_bad(sizes.get(graph.sources[edge])) for edge in before):
                todo.append(source)
            elif touched[source] or not _puts_mask(graph, before):
                found.append(source)
    return sorted(found)


def _puts_mask(graph: FlowGraph, into: Sequence[int]) -> bool:
    """Whether an inf may be meant where these edges end; what the step was given may be a mask."""
    return not into or graph.ops[graph.edge_ops[into[0]]].kind in _MASKING


def _in_data(graph: FlowGraph, leaf: int, made: Size) -> Bad:
    edge = next(iter(graph.out_of(leaf)))
    operands = tuple(dict.fromkeys(graph.sources[e] for e in graph.into(graph.targets[edge])))
    sign = math.nan if made.nans else math.inf
    return Bad(
        graph.edge_ops[edge], False, edge, made.nans, made.infs, made.entries, operands,
        (sign,), data=True,
    )  # fmt: skip


def in_forward(graph: FlowGraph, found: Found, picked: Mapping[int, Sequence[float]]) -> Bad:
    """What went bad on the way there. `picked` are entries of each operand, by the place of its
    edge among the op's, where the result went bad.
    """
    edge, samples = found.edges[0], tuple[float, ...]()
    rank = -1
    for position, candidate in enumerate(found.edges):
        if position not in picked:
            continue
        score = _blame(graph.ops[found.op].kind, position, picked[position])
        if score > rank:
            edge, samples, rank = candidate, tuple(picked[position][:SAMPLES]), score
    return Bad(
        found.op, False, edge, found.made.nans, found.made.infs, found.made.entries,
        tuple(dict.fromkeys(graph.sources[e] for e in found.edges)), samples,
    )  # fmt: skip


def _blame(kind: Kind, position: int, picked: Sequence[float]) -> int:
    """A divisor of zero before its dividend, an inf before what it is multiplied with."""
    if not picked:
        return 0
    if any(not math.isfinite(x) for x in picked):
        return 3
    if kind is Kind.DIVISION:
        return 2 if position and any(x == 0.0 for x in picked) else 1
    return 2 if position == 0 else 1


def bad_edge(graph: FlowGraph, edges: Mapping[int, Passed]) -> int | None:
    """The most downstream edge at which a finite gradient arrived and another went on."""
    bad = [
        edge
        for edge, passed in edges.items()
        if math.isfinite(passed.arrived) and not math.isfinite(passed.passed)
    ]
    return max(bad, key=lambda e: (graph.targets[e], e)) if bad else None


def on_the_way_back(graph: FlowGraph, edge: int, made: Size, samples: tuple[float, ...]) -> Bad:
    """What went bad at an edge on the way back."""
    op = graph.edge_ops[edge]
    into = [e for e in graph.into(graph.targets[edge]) if graph.edge_ops[e] == op]
    return Bad(
        op, True, edge, made.nans, made.infs, made.entries,
        tuple(dict.fromkeys(graph.sources[e] for e in into)), samples,
    )  # fmt: skip


def operands_of(bads: Iterable[Bad | None], graph: FlowGraph) -> set[int]:
    """Values whose numbers explain what went bad."""
    found: set[int] = set()
    for bad in bads:
        if bad is not None:
            found.update(bad.operands)
            if bad.edge is not None:
                found.add(graph.targets[bad.edge])
    return found
