"""The first op that made a nan or an inf out of finite numbers, on the way there or back."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

import numpy as np

from whygrad.backends.tensorflow.probing.gauge import Gauge
from whygrad.backends.tensorflow.probing.numbers import entries, size
from whygrad.backends.tensorflow.replay.instrument import Instrument
from whygrad.backends.tensorflow.replay.program import Program
from whygrad.flow.kinds import Kind
from whygrad.flow.measuring import first_bad as firsts
from whygrad.flow.measuring.first_bad import SAMPLES, Found
from whygrad.flow.measuring.sizes import Size
from whygrad.flow.measuring.ways import Operand, Spot, Ways
from whygrad.flow.probe import Bad, Passed


class _Values(Instrument):
    """Looks for nan and inf in every value."""

    def __init__(self) -> None:
        self.sizes: dict[int, Size] = {}

    def leaf(self, value: int, tensor: Any) -> Any:
        self._look(value, tensor)
        return tensor

    def made(self, record: int, value: int, tensor: Any) -> Any:
        self._look(value, tensor)
        return tensor

    def _look(self, value: int, tensor: Any) -> None:
        if tensor.dtype.is_floating or tensor.dtype.is_complex:
            self.sizes[value] = size(tensor)


class _Operands(Instrument):
    """Keeps what one op reads and makes, for as long as the run takes."""

    def __init__(self, record: int, target: int) -> None:
        self.record = record
        self.target = target
        self.kept: dict[int, Any] = {}
        self.result: Any = None

    def operand(self, record: int, position: int, source: int, tensor: Any) -> Any:
        if record == self.record:
            self.kept[position] = entries(tensor)
        return tensor

    def made(self, record: int, value: int, tensor: Any) -> Any:
        if value == self.target:
            self.result = entries(tensor)
        return tensor


Run = Callable[[Instrument], Any]


def in_forward(program: Program, run: Run) -> Bad | None:
    """Of a step whose loss is not finite: the op that made it so, or the data that held it."""
    values = _Values()
    run(values)
    graph = program.graph
    found = firsts.first_bad(graph, values.sizes)
    if not isinstance(found, Found):
        return found
    kept = _Operands(program.edge_records[found.edges[0]], found.target)
    run(kept)
    picked = {}
    for position, edge in enumerate(found.edges):
        array = kept.kept.get(program.places[edge][1]) if edge in program.places else None
        if array is not None and kept.result is not None:
            bad = ~np.isfinite(kept.result)
            picked[position] = _at(array, bad, graph.ops[found.op].kind)
    return firsts.in_forward(graph, found, picked)


def _at(array: Any, bad: Any, kind: Kind) -> list[float]:
    if kind is Kind.SOFTMAX and array.shape == bad.shape:
        return [float(x) for x in array[bad].reshape(-1)[: 4 * SAMPLES]]
    try:
        spread = np.broadcast_to(array, bad.shape)
    except ValueError:
        odd = array[~np.isfinite(array)]
        flat = array.reshape(-1)
        chosen = odd if odd.size else flat[np.argsort(np.abs(flat))]
        return [float(x) for x in chosen.reshape(-1)[-4 * SAMPLES :]]
    return [float(x) for x in spread[bad].reshape(-1)[: 4 * SAMPLES]]


def on_the_way_back(
    program: Program,
    ways: Ways,
    things: Collection[int],
    edges: Mapping[int, Passed],
    sizes: Mapping[Spot, Size],
    run: Run,
) -> Bad | None:
    """The most downstream edge at which a finite gradient arrived and another went on."""
    edge = firsts.bad_edge(program.graph, edges)
    if edge is None:
        return None
    spot = ways.spot(program.graph, edge)
    look = _Back(program, ways, things, spot, ways.edges[edge])
    run(look)
    return firsts.on_the_way_back(program.graph, edge, sizes[spot], look.samples)


class _Back(Gauge):
    """Keeps one operand until its gradient comes, and takes its entries where that is bad."""

    def __init__(
        self, program: Program, ways: Ways, things: Collection[int], spot: Spot, operand: Operand
    ) -> None:
        super().__init__(program, ways, things, self._came)
        self._spot = spot
        self._operand = operand
        self._array: Any = None
        self.samples: tuple[float, ...] = ()

    def operand(self, record: int, position: int, source: int, tensor: Any) -> Any:
        if (record, position) == self._operand:
            self._array = entries(tensor)
        return super().operand(record, position, source, tensor)

    def _came(self, spot: Spot, gradient: Any) -> None:
        if spot != self._spot or self._array is None or self.samples:
            return
        bad = ~np.isfinite(entries(gradient))
        if bad.shape == self._array.shape and bool(bad.any()):
            self.samples = tuple(float(x) for x in self._array[bad].reshape(-1)[:SAMPLES])


def is_finite(losses: Iterable[tuple[int, Any]]) -> bool:
    """Whether everything that gradients were asked of was."""
    return all(bool(np.isfinite(entries(loss)).all()) for _, loss in losses)
