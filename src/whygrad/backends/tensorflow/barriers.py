"""Which ops let data through and no gradient, and why: by op type and input."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

from whygrad.backends.tensorflow.ungraded import ALL, FIRST_ONLY, UNGRADED
from whygrad.flow.graph import Barrier

_DETACHED: Final = frozenset(("StopGradient", "PreventGradient"))
_CASTS: Final = frozenset(("Cast", "Bitcast"))

_SHAPES: Final = frozenset(
    ("Shape", "ShapeN", "Size", "Rank", "ZerosLike", "OnesLike", "BroadcastGradientArgs",
     "VariableShape", "VarIsInitializedOp", "TensorListElementShape", "TensorListLength")
)  # fmt: skip
"""They read the shape of a tensor and none of its numbers: no data flows through them."""


def reads_no_numbers(kind: str) -> bool:
    """Whether an op's answer does not depend on what numbers it was given."""
    return kind in _SHAPES


def barrier_of(kind: str, position: int, output: int, floating: bool) -> Barrier:
    """Why a float input gets no gradient from an op that a tape recorded, or `NONE`.

    `floating` is of the output.
    """
    if kind in _DETACHED:
        return Barrier.DETACHED
    if kind == "PyFunc":
        return Barrier.LEFT_FRAMEWORK
    if not floating:
        return Barrier.INTEGER if kind in _CASTS else Barrier.NOT_DIFFERENTIABLE
    lost = UNGRADED.get(kind)
    if lost is not None and (ALL in lost or position in lost):
        return Barrier.NOT_DIFFERENTIABLE
    if output and kind in FIRST_ONLY:
        return Barrier.NOT_DIFFERENTIABLE
    return Barrier.NONE if _has_gradient(kind) else Barrier.NOT_DIFFERENTIABLE


@cache
def _has_gradient(kind: str) -> bool:
    """Whether an op type has a gradient function. Of what is no op, e.g. a copy, it has."""
    from tensorflow.python.framework import op_def_registry, ops

    if kind == "ReadVariableOp" or op_def_registry.get(kind) is None:
        return True
    registry: Any = ops.gradient_registry
    try:
        return registry.lookup(kind) is not None
    except LookupError:
        # A tape raises where such an op lies on the way.
        return False
