"""What an op did to the gradient, as its kind and the measured numbers tell."""

from __future__ import annotations

from enum import Enum
from typing import Final

from whygrad.causes.zero.scene import Scene, bare
from whygrad.causes.zero.tensors import is_zero
from whygrad.causes.zero.weighing import counts_nothing
from whygrad.flow.graph import Op
from whygrad.flow.kinds import Kind
from whygrad.flow.probe import Numbers


class Why(Enum):
    """What an op did to the gradient."""

    OFF = "off"
    """Every unit is on the flat side that gives zero (or the threshold)."""
    FLAT = "flat"
    """Every input is so far out that the slope is zero, or rounds to it."""
    NUMBER = "number"
    """It multiplies by a Python number that is 0."""
    FACTOR = "factor"
    """It multiplies by a tensor that is all zeros."""
    DROPPED = "dropped"
    UNSELECTED = "unselected"
    """It takes none of the entries."""
    EMPTY = "empty"
    """It takes nothing at all: a selection of no entry."""
    SINGLE = "single"
    """It works over an axis with one entry, and gives the same whatever goes in."""
    ITSELF = "itself"
    """It compares, subtracts or divides a value and itself."""
    SUMMED = "summed"
    """What it gives adds up to the same, and only the sum is used."""
    FIXED = "fixed"
    """It normalizes, and nothing but rounding is left of its input."""
    SHIFT = "shift"
    """The variable makes no difference there, and nothing is lost by it."""
    UNKNOWN = "unknown"


CAUSE: Final = {
    Why.OFF: "dead-activation",
    Why.FLAT: "saturated",
    Why.NUMBER: "multiplied-by-zero",
    Why.FACTOR: "multiplied-by-zero",
    Why.DROPPED: "multiplied-by-zero",
    Why.UNSELECTED: "multiplied-by-zero",
    Why.EMPTY: "multiplied-by-zero",
    Why.SINGLE: "constant-output",
    Why.ITSELF: "constant-output",
    Why.SUMMED: "constant-output",
    Why.FIXED: "constant-output",
    Why.SHIFT: "constant-output",
    Why.UNKNOWN: "constant-output",
}

_HINGES: Final = frozenset(
    {"margin_ranking_loss", "triplet_margin_loss", "triplet_margin_with_distance_loss"}
    | {"hinge_embedding_loss", "cosine_embedding_loss", "multi_margin_loss"}
    | {"multilabel_margin_loss"}
)
_LOGARITHMIC: Final = frozenset({"logsigmoid", "log_sigmoid"})
_ACTIVE: Final = frozenset({Kind.RECTIFIER, Kind.SQUASH, Kind.CLAMP, Kind.EXPONENTIAL})


def why_of(at: Scene, edge: int) -> Why:
    """What an op does whose own derivative is zero."""
    graph = at.graph
    op = graph.ops[graph.edge_ops[edge]]
    source, target = graph.sources[edge], graph.targets[edge]
    if op.kind in _ACTIVE:
        return _side(op, at.numbers(source), at.numbers(target))
    if op.kind is Kind.SOFTMAX:
        return Why.FLAT if _one_hot(at, edge) else Why.FIXED
    if op.kind is Kind.NORMALIZATION:
        return Why.FIXED
    if op.kind is Kind.DROPOUT:
        return Why.DROPPED
    if op.kind is Kind.SELECTION:
        if _floor(at, edge):
            return Why.OFF
        return Why.FLAT if is_bound(at, edge) else Why.UNSELECTED
    if op.kind is Kind.LOSS:
        return _loss(at, edge)
    alone = [e for e in graph.into(target) if graph.edge_ops[e] == graph.edge_ops[edge]] == [edge]
    if op.kind in (Kind.PRODUCT, Kind.DIVISION) and alone:
        return Why.NUMBER
    return Why.UNKNOWN


def _side(op: Op, went: Numbers | None, came: Numbers | None) -> Why:
    """On which side of an activation all of its inputs lie."""
    if op.name in _LOGARITHMIC or op.kind is Kind.EXPONENTIAL:
        return Why.FLAT
    if op.kind is Kind.RECTIFIER:
        return Why.OFF
    if went is not None and came is not None and went.count and is_zero(came) and went.high <= 0:
        # `clamp(min=0)`, relu6: zero, and nothing above it.
        return Why.OFF if op.kind is Kind.CLAMP or came.low == went.high or _six(op) else Why.FLAT
    return Why.FLAT


def _six(op: Op) -> bool:
    """`nn.ReLU6` calls `hardtanh`, whose zero is its lower end."""
    return bare(op) in ("hardtanh", "relu6", "hardsigmoid", "hardswish")


def _floor(at: Scene, edge: int) -> bool:
    """`maximum(x, zeros)`: the other one was taken everywhere, and it is all zeros."""
    graph = at.graph
    if bare(at.op(edge)) not in ("maximum", "max", "fmax"):
        return False
    return is_zero(at.numbers(graph.targets[edge]))


def is_bound(at: Scene, edge: int) -> bool:
    """`tf.maximum(x, 0.1)`, of which TensorFlow makes `tf.clip_by_value` too: a number that was
    given took the place of every entry.
    """
    graph = at.graph
    if at.op(edge).name not in ("tf.maximum", "tf.minimum"):
        return False
    others = (graph.sources[e] for e in graph.into(graph.targets[edge]) if e != edge)
    known = ((value, at.numbers(value)) for value in others)
    return any(
        numbers is not None and numbers.count == 1 and not graph.into(value)
        for value, numbers in known
    )


def _one_hot(at: Scene, edge: int) -> bool:
    """Whether every row of a softmax has one entry that is 1 and else only zeros."""
    graph = at.graph
    numbers = at.numbers(graph.targets[edge])
    axis = at.probe.axis.get(graph.edge_ops[edge])
    if numbers is None or not axis:
        return True
    rows = numbers.count / axis
    return abs(numbers.norm**2 - rows) < 1e-3 * rows or numbers.low < -100.0


def _loss(at: Scene, edge: int) -> Why:
    graph = at.graph
    op = at.op(edge)
    pair = [
        graph.sources[e]
        for e in graph.into(graph.targets[edge])
        if graph.edge_ops[e] == graph.edge_ops[edge]
    ]
    if len(set(pair)) < len(pair):
        return Why.ITSELF
    known = [at.numbers(value) for value in pair]
    if len(known) > 1 and known[0] is not None and known[0] == known[1] and known[0].norm > 0:
        return Why.ITSELF
    if op.name in _HINGES:
        return Why.OFF
    if counts_nothing(at, edge):
        return Why.UNSELECTED
    return Why.FLAT
