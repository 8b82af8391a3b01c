"""The first op that made a nan or an inf out of finite numbers, on the way there or back."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import torch

from whygrad.backends.torch.probing.gauge import Gauge, Spot
from whygrad.backends.torch.probing.numbers import Size, entries, read_sizes, size
from whygrad.backends.torch.probing.ways import Operand, Ways
from whygrad.backends.torch.replay.instrument import Instrument
from whygrad.flow.graph import FlowGraph
from whygrad.flow.kinds import Kind
from whygrad.flow.probe import Bad, Passed

SAMPLES: Final = 5

_MASKING: Final = frozenset((Kind.SELECTION, Kind.SUM, Kind.OTHER))
"""Through these an inf is put where a softmax is to give zero: a mask, not a fault."""


class _Values(Instrument):
    """Looks for nan and inf in every value."""

    def __init__(self) -> None:
        self.sizes: dict[int, list[Any]] = {}

    def leaf(self, value: int, tensor: Any) -> Any:
        self._look(value, tensor)
        return tensor

    def made(self, record: int, value: int, tensor: Any) -> Any:
        self._look(value, tensor)
        return tensor

    def _look(self, value: int, tensor: Any) -> None:
        if value >= 0 and (tensor.is_floating_point() or tensor.is_complex()):
            self.sizes[value] = [size(tensor)]


class _Operands(Instrument):
    """Keeps what one call reads and makes, for as long as the run takes."""

    def __init__(self, record: int) -> None:
        self.record = record
        self.kept: dict[int, Any] = {}

    def operand(self, record: int, position: int, source: int, tensor: Any) -> Any:
        if record == self.record:
            self.kept[position] = entries(tensor).clone()
        return tensor


class _Found(NamedTuple):
    op: int
    target: int
    edges: tuple[int, ...]
    made: Size


Run = Callable[[Instrument], Any]


def in_forward(graph: FlowGraph, run: Run) -> Bad | None:
    """Of a step whose loss is not finite: the op that made it so, or the data that held it."""
    values = _Values()
    run(values)
    sizes = read_sizes(values.sizes)
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
    return _told(graph, run, _Found(graph.edge_ops[edges[0]], value, edges, sizes[value]))


def _feeding(graph: FlowGraph, sizes: Mapping[int, Size]) -> set[int]:
    """The values that lead to a loss that is not finite, through values that are not so themselves:
    what a weight's memory held before it was initialized leads nowhere.
    """
    found = {loss for loss in graph.losses if _is_bad(sizes.get(loss))}
    for edge in sorted(range(len(graph.targets)), key=graph.targets.__getitem__, reverse=True):
        target = graph.targets[edge]
        if target in found and _is_bad(sizes.get(target)) and graph.sources[edge] in sizes:
            found.add(graph.sources[edge])
    return found


def _is_bad(one: Size | None) -> bool:
    return one is not None and bool(one.nans or one.infs)


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
            if source in touched or not _is_bad(sizes.get(source)):
                continue
            touched[source] = touched[value] or computes
            before = graph.into(source)
            if any(_is_bad(sizes.get(graph.sources[edge])) for edge in before):
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


def _told(graph: FlowGraph, run: Run, found: _Found) -> Bad:
    kept = _Operands(found.op)
    made: list[Any] = []

    def keep(record: int, value: int, tensor: Any) -> Any:
        if value == found.target:
            made.append(entries(tensor).clone())
        return tensor

    kept.made = keep  # type: ignore[method-assign]
    run(kept)
    edge, samples = found.edges[0], tuple[float, ...]()
    if made:
        edge, samples = _offending(graph, found, kept.kept, made[0])
    return Bad(
        found.op, False, edge, found.made.nans, found.made.infs, found.made.entries,
        tuple(dict.fromkeys(graph.sources[e] for e in found.edges)), samples,
    )  # fmt: skip


def _offending(
    graph: FlowGraph, found: _Found, operands: Mapping[int, Any], made: Any
) -> tuple[int, tuple[float, ...]]:
    """The operand to blame, and its entries at the places that went bad."""
    best: tuple[int, tuple[float, ...]] = found.edges[0], ()
    rank = -1
    for position, edge in enumerate(found.edges):
        tensor = operands.get(position)
        if tensor is None:
            continue
        picked = _at(tensor, ~made.isfinite(), graph.ops[found.op].kind)
        score = _blame(graph.ops[found.op].kind, position, picked)
        if score > rank:
            best, rank = (edge, tuple(picked[:SAMPLES])), score
    return best


def _at(tensor: Any, bad: Any, kind: Kind) -> list[float]:
    if kind is Kind.SOFTMAX and tensor.shape == bad.shape:
        return [float(x) for x in tensor[bad].flatten()[: 4 * SAMPLES].tolist()]
    try:
        spread = tensor.expand(bad.shape)
    except RuntimeError:
        odd = tensor[~tensor.isfinite()]
        chosen = odd if odd.numel() else tensor.flatten()[tensor.abs().flatten().argsort()]
        return [float(x) for x in chosen.flatten()[-4 * SAMPLES :].tolist()]
    return [float(x) for x in spread[bad].flatten()[: 4 * SAMPLES].tolist()]


def _blame(kind: Kind, position: int, picked: Sequence[float]) -> int:
    """A divisor of zero before its dividend, an inf before what it is multiplied with."""
    if not picked:
        return 0
    if any(not math.isfinite(x) for x in picked):
        return 3
    if kind is Kind.DIVISION:
        return 2 if position and any(x == 0.0 for x in picked) else 1
    return 2 if position == 0 else 1


def on_the_way_back(
    graph: FlowGraph, ways: Ways, edges: Mapping[int, Passed], sizes: Mapping[Spot, Size], run: Run
) -> Bad | None:
    """The most downstream edge at which a finite gradient arrived and another went on."""
    bad = [
        edge
        for edge, passed in edges.items()
        if math.isfinite(passed.arrived) and not math.isfinite(passed.passed)
    ]
    if not bad:
        return None
    edge = max(bad, key=lambda e: (graph.targets[e], e))
    operand = ways.edges[edge]
    spot: Spot = operand if operand in ways.apart else graph.sources[edge]
    made = sizes[spot]
    look = _Back(graph, ways, spot, operand)
    run(look)
    into = [e for e in graph.into(graph.targets[edge]) if graph.edge_ops[e] == operand[0]]
    return Bad(
        operand[0], True, edge, made.nans, made.infs, made.entries,
        tuple(dict.fromkeys(graph.sources[e] for e in into)), look.samples,
    )  # fmt: skip


class _Back(Gauge):
    """Keeps one operand until its gradient comes, and takes its entries where that is bad."""

    def __init__(self, graph: FlowGraph, ways: Ways, spot: Spot, operand: Operand) -> None:
        super().__init__(graph, ways, self._came)
        self._spot = spot
        self._operand = operand
        self._tensor: Any = None
        self.samples: tuple[float, ...] = ()

    def operand(self, record: int, position: int, source: int, tensor: Any) -> Any:
        if (record, position) == self._operand:
            self._tensor = entries(tensor).clone()
        return super().operand(record, position, source, tensor)

    def _came(self, spot: Spot, gradient: Any) -> None:
        if spot != self._spot or self._tensor is None or self.samples:
            return
        bad = ~entries(gradient).isfinite()
        if bad.shape == self._tensor.shape and bool(bad.any()):
            found = self._tensor[bad].flatten()[:SAMPLES].tolist()
            self.samples = tuple(float(x) for x in found)


def operands_of(bads: Iterable[Bad | None], graph: FlowGraph) -> set[int]:
    """Values whose numbers explain what went bad."""
    found: set[int] = set()
    for bad in bads:
        if bad is not None:
            found.update(bad.operands)
            if bad.edge is not None:
                found.add(graph.targets[bad.edge])
    return found


def is_finite(losses: Iterable[Any]) -> bool:
    """Whether every root of backward was."""
    return all(bool(torch.isfinite(loss.detach()).all()) for loss in losses)
