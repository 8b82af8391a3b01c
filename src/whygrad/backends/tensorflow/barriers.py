"""Which ops let data through and no gradient, and why: by op type and input.

What a type's gradient gives to which input is not written here by hand: `ungraded.py` was made by
running every gradient function that TensorFlow registers.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from whygrad.backends.tensorflow.ungraded import NOTHING, UNGRADED
from whygrad.flow.graph import Barrier

_DETACHED: Final = frozenset(("StopGradient", "PreventGradient"))
_CASTS: Final = frozenset(("Cast", "Bitcast"))

_ZEROS: Final = frozenset(("Sign",))
"""Their registered gradient is all zeros."""

_SHAPES: Final = frozenset(
    ("Shape", "ShapeN", "Size", "Rank", "ZerosLike", "OnesLike", "BroadcastGradientArgs",
     "VariableShape", "VarIsInitializedOp", "TensorListElementShape", "TensorListLength")
)  # fmt: skip
"""They read the shape of a tensor and none of its numbers: no data flows through them."""

_LIKE: Final[Mapping[str, int]] = {"ExpandDims": 1, "BroadcastTo": 1, "Fill": 2}


def reads_no_numbers(kind: str) -> bool:
    """Whether an op's answer does not depend on what numbers it was given."""
    return kind in _SHAPES


def barrier_of(kind: str, position: int, floating: bool) -> Barrier:
    """Why a float input gets no gradient from an op that a tape records, or `NONE`.

    `floating` is of the output.
    """
    if kind in _DETACHED:
        return Barrier.DETACHED
    if kind == "PyFunc":
        return Barrier.LEFT_FRAMEWORK
    if not floating:
        return Barrier.INTEGER if kind in _CASTS else Barrier.NOT_DIFFERENTIABLE
    if kind in NOTHING or kind in _ZEROS:
        return Barrier.NOT_DIFFERENTIABLE
    lost = UNGRADED.get(kind)
    if lost is not None and (position in lost):
        return Barrier.NOT_DIFFERENTIABLE
    return Barrier.NONE
