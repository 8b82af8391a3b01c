"""Why no gradient passes an equation of JAX. JAX's own rules are asked, so that a new op is no row:
an op without a slope is one whose derivative rule is the zero rule.
"""

from __future__ import annotations

from typing import Any, Final

import jax
import numpy as np
from jax._src import dtypes
from jax._src.interpreters import ad

from whygrad.flow.graph import Barrier

_CALLBACKS: Final = frozenset(("pure_callback", "io_callback", "debug_callback"))
_CASTS: Final = frozenset(("convert_element_type", "bitcast_convert_type"))
CUSTOM: Final = frozenset(("custom_jvp_call", "custom_vjp_call", "custom_vjp_call_jaxpr"))


def is_floating(value: Any) -> bool:
    """Whether a gradient can be of it: a value, or what JAX knows of one."""
    dtype = getattr(value, "dtype", None)
    return dtype is not None and bool(dtypes.issubdtype(dtype, np.inexact))


def is_array(value: Any) -> bool:
    """Whether it is a value of JAX, with numbers in it or not yet."""
    return isinstance(value, jax.Array)  # which tracers claim to be as well


def barrier(primitive: Any, position: int, source: Any, target: Any) -> Barrier:
    """What is on the edge from one operand to one result, by JAX's own rules."""
    if not is_floating(source):
        # Whatever made the integer already cut the gradient; the cut belongs there.
        return Barrier.NONE
    name = primitive.name
    if name == "stop_gradient":
        return Barrier.DETACHED
    if name in _CALLBACKS:
        return Barrier.LEFT_FRAMEWORK
    if not is_floating(target):
        return Barrier.INTEGER if name in _CASTS else Barrier.NOT_DIFFERENTIABLE
    if name in CUSTOM:
        return Barrier.NONE
    return Barrier.NOT_DIFFERENTIABLE if _flat(primitive, position) else Barrier.NONE


def _flat(primitive: Any, position: int) -> bool:
    """Whether the derivative by this operand is zero by definition."""
    rule = ad.primitive_jvps.get(primitive)
    function = getattr(rule, "func", None)
    if function is ad.zero_jvp:
        return True
    if function in (ad.standard_jvp, getattr(ad, "standard_jvp2", None)):
        rules = rule.args[0]
        return position < len(rules) and rules[position] is None
    return False
