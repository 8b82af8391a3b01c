"""The numbers that explain a death: of the values around it, the axis, and the dead units."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, Final

from whygrad.backends.torch.probing.gauge import Gauge
from whygrad.backends.torch.probing.numbers import entries, read_summaries, summary
from whygrad.flow.graph import FlowGraph
from whygrad.flow.kinds import Kind
from whygrad.flow.measuring.around import ACTIVATIONS
from whygrad.flow.measuring.ways import Spot, Ways
from whygrad.flow.probe import Numbers, Units

_AXES: Final = frozenset((Kind.SOFTMAX, Kind.NORMALIZATION, Kind.LOSS))


class Details(Gauge):
    """A gauge that also looks at the values of the step, where it is told to."""

    def __init__(self, graph: FlowGraph, ways: Ways, calls: Any, around: Iterable[int]) -> None:
        super().__init__(graph, ways, self._look)
        self._calls = calls
        self._around = frozenset(around)
        self._summaries: dict[int, Any] = {}
        self._shapes: dict[tuple[int, int], tuple[int, ...]] = {}
        self.axis: dict[int, int] = {}
        self._units = _Units(graph, ways)

    def leaf(self, value: int, tensor: Any) -> Any:
        self._sum_up(value, tensor)
        return super().leaf(value, tensor)

    def made(self, record: int, value: int, tensor: Any) -> Any:
        self._sum_up(value, tensor)
        if self.graph.ops[record].kind in _AXES and value in self.ways.values:
            length = _length(self, record, tensor)
            if length is not None:
                self.axis[record] = length
        return super().made(record, value, tensor)

    def operand(self, record: int, position: int, source: int, tensor: Any) -> Any:
        if self.graph.ops[record].kind in _AXES:
            self._shapes[record, position] = tuple(tensor.shape)
        return super().operand(record, position, source, tensor)

    def _sum_up(self, value: int, tensor: Any) -> None:
        if value in self._around:
            self._summaries[value] = summary(tensor)

    def _look(self, spot: Spot, gradient: Any) -> None:
        self._units.look(spot, gradient)

    def numbers(self) -> dict[int, Numbers]:
        """Of the values that were asked for."""
        return read_summaries(self._summaries)

    def units(self) -> dict[int, Units]:
        """By op, of the activations on the ways."""
        return self._units.read()

    def shape(self, record: int, position: int) -> tuple[int, ...]:
        """Of an operand of a softmax or a normalisation."""
        return self._shapes.get((record, position), ())

    def argument(self, record: int, position: int, *names: str) -> Any:
        """What the person's code gave a call, by place or name."""
        call = self._calls(record)
        args, kwargs = getattr(call, "args", ()), getattr(call, "kwargs", None) or {}
        for name in names:
            if name in kwargs:
                return kwargs[name]
        return args[position] if position < len(args) else None


def _length(seen: Details, record: int, out: Any) -> int | None:
    """Over how many entries a softmax or a normalisation works; None where it is not known."""
    name = seen.graph.ops[record].name
    shape: tuple[int, ...] = tuple(out.shape)
    if name == "scaled_dot_product_attention":
        key = seen.shape(record, 1)
        return key[-2] if len(key) > 1 else None
    if name == "multi_head_attention_forward":
        key = seen.shape(record, 1)
        return key[0] if key else None
    if name in ("layer_norm", "rms_norm"):
        given = seen.argument(record, 1, "normalized_shape")
        return int(math.prod(given)) if isinstance(given, (tuple, list)) else None
    if name in ("batch_norm", "instance_norm", "group_norm") and len(shape) > 1:
        inside: int = math.prod(shape[2:])
        if name == "batch_norm":
            return shape[0] * inside
        groups = seen.argument(record, 1, "num_groups")
        per: int = shape[1] // groups if name == "group_norm" and isinstance(groups, int) else 1
        return per * inside
    if name in ("cross_entropy", "nll_loss"):
        scores = seen.shape(record, 0)
        return scores[1] if len(scores) > 1 else scores[0] if scores else None
    if name == "cosine_similarity":
        given = seen.shape(record, 0)
        dim = seen.argument(record, 2, "dim")
        dim = 1 if dim is None else dim
        return given[dim] if isinstance(dim, int) and -len(given) <= dim < len(given) else None
    if "softm" in name or name == "normalize":
        place = 2 if name == "normalize" else 1
        dim = seen.argument(record, place, "dim", "axis")
        dim = 1 if dim is None and name == "normalize" else dim
        return shape[dim] if isinstance(dim, int) and -len(shape) <= dim < len(shape) else None
    return None


class _Units:
    """Per unit of an activation: whether any gradient arrived, and whether any went on."""

    def __init__(self, graph: FlowGraph, ways: Ways) -> None:
        self._graph = graph
        self._arriving: dict[int, int] = {}
        self._passing: dict[Spot, int] = {}
        for edge, operand in ways.edges.items():
            op = graph.edge_ops[edge]
            if graph.ops[op].kind in ACTIVATIONS and operand[1] == 0:
                self._arriving[graph.targets[edge]] = op
                spot = operand if operand in ways.apart else graph.sources[edge]
                self._passing[spot] = op
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
        if not flags.dim():
            return
        unit = 1 if flags.dim() > 2 and channels_first(self._graph, op) else flags.dim() - 1
        others = [dim for dim in range(flags.dim()) if dim != unit]
        flags = flags.movedim(unit, 0).flatten(1).any(1) if others else flags
        old = found.get(op)
        found[op] = flags if old is None or old.shape != flags.shape else old | flags

    def read(self) -> dict[int, Units]:
        """A unit is dead where gradient arrived and none went on."""
        found = {}
        for op, arrived in self._arrived.items():
            passed = self._passed.get(op)
            if passed is not None and passed.shape == arrived.shape:
                found[op] = Units(bytes((arrived & ~passed).to("cpu").int().tolist()))
        return found


def channels_first(graph: FlowGraph, op: int) -> bool:
    """Whether what an op works on came from a convolution, whose units are at place 1."""
    todo = [op]
    for current in todo[:]:
        for _ in range(8):
            name = graph.ops[current].name
            if name.startswith(("conv", "batch_norm", "instance_norm", "group_norm")):
                return True
            if name in ("linear", "matmul", "layer_norm", "embedding"):
                return False
            before = _before(graph, current)
            if before is None:
                break
            current = before
    return False


def _before(graph: FlowGraph, op: int) -> int | None:
    """The op that made the first operand of an op."""
    source = next((graph.sources[e] for e in _edges_of(graph, op)), None)
    into = graph.into(source) if source is not None else ()
    return graph.edge_ops[into[0]] if into else None


def _edges_of(graph: FlowGraph, op: int) -> list[int]:
    starts = graph.edge_ops
    return [edge for edge in range(len(starts)) if starts[edge] == op]
