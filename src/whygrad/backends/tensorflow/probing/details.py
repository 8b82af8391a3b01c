"""The numbers that explain a death: of the values around it, the axis, and the dead units."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable
from typing import Any, Final

import numpy as np

from whygrad.backends.tensorflow.probing.gauge import Gauge
from whygrad.backends.tensorflow.probing.numbers import entries, summary
from whygrad.backends.tensorflow.replay.executing import Attributes
from whygrad.backends.tensorflow.replay.program import Program
from whygrad.flow.graph import FlowGraph
from whygrad.flow.kinds import Kind
from whygrad.flow.measuring.around import ACTIVATIONS
from whygrad.flow.measuring.ways import Spot, Ways
from whygrad.flow.probe import Numbers, Units

_AXES: Final = frozenset((Kind.SOFTMAX, Kind.NORMALIZATION, Kind.LOSS))


class Details(Gauge):
    """A gauge that also looks at the values of the step, where it is told to."""

    def __init__(
        self, program: Program, ways: Ways, things: Collection[int], around: Iterable[int]
    ) -> None:
        super().__init__(program, ways, things, self._look)
        self._around = frozenset(around)
        self.numbers: dict[int, Numbers] = {}
        self.axis: dict[int, int] = {}
        """By op of the graph."""
        self._shapes: dict[int, tuple[int, ...]] = {}
        """Of the first operand, by record."""
        self._ops = {
            record: program.graph.edge_ops[edge]
            for edge, record in enumerate(program.edge_records)
            if record >= 0
        }
        self._units = _Units(program.graph, ways)

    def leaf(self, value: int, tensor: Any) -> Any:
        self._sum_up(value, tensor)
        return super().leaf(value, tensor)

    def operand(self, record: int, position: int, source: int, tensor: Any) -> Any:
        if position == 0:
            self._shapes[record] = tuple(tensor.shape)
        return super().operand(record, position, source, tensor)

    def made(self, record: int, value: int, tensor: Any) -> Any:
        self._sum_up(value, tensor)
        op = self._ops.get(record)
        if op is not None and self.graph.ops[op].kind in _AXES and value in self.ways.values:
            length = self._length(record)
            if length is not None:
                self.axis[op] = length
        return super().made(record, value, tensor)

    def units(self) -> dict[int, Units]:
        """By op, of the activations on the ways."""
        return self._units.read()

    def _sum_up(self, value: int, tensor: Any) -> None:
        if value in self._around and _has_numbers(tensor):
            self.numbers[value] = summary(tensor)

    def _look(self, spot: Spot, gradient: Any) -> None:
        self._units.look(spot, gradient)

    def _length(self, record: int) -> int | None:
        """Over how many entries a softmax or a normalisation works; None where it is not known."""
        kind, given = self.program.records[record].kind, self.program.records[record].attrs
        shape = self._shapes.get(record, ())
        if not shape:
            return None
        if kind in ("Softmax", "LogSoftmax") or "CrossEntropy" in kind:
            return shape[-1]
        if kind.startswith("FusedBatchNorm") and len(shape) > 1:
            form = Attributes(kind, given).get("data_format") or b"NHWC"
            first = (form if isinstance(form, str) else form.decode()).startswith("NC")
            return math.prod(shape) // shape[1 if first else -1]
        return None


def _has_numbers(tensor: Any) -> bool:
    dtype = tensor.dtype
    return bool(dtype.is_floating or dtype.is_complex or dtype.is_integer or dtype.is_bool)


class _Units:
    """Per unit of an activation: whether any gradient arrived, and whether any went on."""

    def __init__(self, graph: FlowGraph, ways: Ways) -> None:
        self._arriving: dict[int, int] = {}
        self._passing: dict[Spot, int] = {}
        for edge, operand in ways.edges.items():
            op = graph.edge_ops[edge]
            if graph.ops[op].kind in ACTIVATIONS and operand[1] == 0:
                self._arriving[graph.targets[edge]] = op
                self._passing[ways.spot(graph, edge)] = op
        self._arrived: dict[int, Any] = {}
        self._passed: dict[int, Any] = {}

    def look(self, spot: Spot, gradient: Any) -> None:
        """A gradient came."""
        if isinstance(spot, int) and spot in self._arriving:
            self._add(self._arrived, self._arriving[spot], gradient)
        if spot in self._passing:
            self._add(self._passed, self._passing[spot], gradient)

    def _add(self, found: dict[int, Any], op: int, gradient: Any) -> None:
        flags = entries(gradient) != 0
        if not flags.ndim:
            return
        # Channels are last, but on a few machines that are told otherwise.
        flags = flags.reshape(-1, flags.shape[-1]).any(0)
        old = found.get(op)
        found[op] = flags if old is None or old.shape != flags.shape else old | flags

    def read(self) -> dict[int, Units]:
        """A unit is dead where gradient arrived and none went on."""
        found = {}
        for op, arrived in self._arrived.items():
            passed = self._passed.get(op, np.zeros_like(arrived))
            if passed.shape == arrived.shape:
                found[op] = Units(bytes((arrived & ~passed).astype(np.uint8)))
        return found
