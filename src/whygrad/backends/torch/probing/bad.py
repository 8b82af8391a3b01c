"""The first op that made a nan or an inf out of finite numbers, on the way there or back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import torch

from whygrad.backends.torch.probing.gauge import Gauge
from whygrad.backends.torch.probing.numbers import entries, read_sizes, size
from whygrad.backends.torch.replay.instrument import Instrument
from whygrad.flow.graph import FlowGraph
from whygrad.flow.kinds import Kind
from whygrad.flow.measuring import first_bad as firsts
from whygrad.flow.measuring.first_bad import SAMPLES, Found
from whygrad.flow.measuring.sizes import Size
from whygrad.flow.measuring.ways import Operand, Spot, Ways
from whygrad.flow.probe import Bad, Passed


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

    def __init__(self, record: int, target: int) -> None:
        self.record = record
        self.target = target
        self.kept: dict[int, Any] = {}
        self.result: Any = None

    def operand(self, record: int, position: int, source: int, tensor: Any) -> Any:
        if record == self.record:
            self.kept[position] = entries(tensor).clone()
        return tensor

    def made(self, record: int, value: int, tensor: Any) -> Any:
        if value == self.target and self.result is None:
            self.result = entries(tensor).clone()
        return tensor


Run = Callable[[Instrument], Any]


def in_forward(graph: FlowGraph, run: Run) -> Bad | None:
    """Of a step whose loss is not finite: the op that made it so, or the data that held it."""
    values = _Values()
    run(values)
    found = firsts.first_bad(graph, read_sizes(values.sizes))
    return _told(graph, run, found) if isinstance(found, Found) else found


def _told(graph: FlowGraph, run: Run, found: Found) -> Bad:
    kept = _Operands(found.op, found.target)
    run(kept)
    picked = {}
    if kept.result is not None:
        for position in range(len(found.edges)):
            tensor = kept.kept.get(position)
            if tensor is not None:
                bad = ~kept.result.isfinite()
                picked[position] = _at(tensor, bad, graph.ops[found.op].kind)
    return firsts.in_forward(graph, found, picked)


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


def on_the_way_back(
    graph: FlowGraph, ways: Ways, edges: Mapping[int, Passed], sizes: Mapping[Spot, Size], run: Run
) -> Bad | None:
    """The most downstream edge at which a finite gradient arrived and another went on."""
    edge = firsts.bad_edge(graph, edges)
    if edge is None:
        return None
    spot = ways.spot(graph, edge)
    look = _Back(graph, ways, spot, ways.edges[edge])
    run(look)
    return firsts.on_the_way_back(graph, edge, sizes[spot], look.samples)


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


def is_finite(losses: Iterable[Any]) -> bool:
    """Whether every root of backward was."""
    return all(bool(torch.isfinite(loss.detach()).all()) for loss in losses)
