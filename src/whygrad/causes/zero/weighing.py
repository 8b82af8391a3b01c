"""Losses over classes that count nothing: weights of zero, or labels that are all left out."""

from __future__ import annotations

from typing import Final

from whygrad.causes.zero.scene import Scene
from whygrad.causes.zero.tensors import Zero, is_zero, zero_from

_FLAT: Final = 10.0
"""Scores that lie within this of one another, or of 0 where each stands alone, have a slope."""


def counts_nothing(at: Scene, edge: int) -> bool:
    """Whether it cannot be the scores that make the loss flat."""
    numbers, name = at.numbers(at.graph.sources[edge]), at.op(edge).name
    if numbers is None or not numbers.count or at.probe.axis.get(_op(at, edge)) == 1:
        return False
    if name == "cross_entropy":
        return numbers.high - numbers.low < _FLAT
    if name == "binary_cross_entropy_with_logits":
        return max(numbers.high, -numbers.low) < _FLAT
    return name == "nll_loss"


def weight_of_loss(at: Scene, edge: int) -> Zero | None:
    """The weights that the loss was given beside scores and labels, where they are all zero."""
    if not counts_nothing(at, edge):
        return None
    graph = at.graph
    operands = [e for e in graph.into(graph.targets[edge]) if graph.edge_ops[e] == _op(at, edge)]
    if len(operands) < 3 or not is_zero(at.numbers(graph.sources[operands[-1]])):
        return None
    return zero_from(graph, at.probe, at.run.fed(at.step), operands[-1], at.variable)


def _op(at: Scene, edge: int) -> int:
    return at.graph.edge_ops[edge]
