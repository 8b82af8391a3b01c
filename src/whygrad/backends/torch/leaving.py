"""Which calls of torch bring data in from Python or NumPy; the rest is `runtime.leaving`."""

from __future__ import annotations

from types import FrameType
from typing import Any, Final

from whygrad.backends.torch.ops import Plan
from whygrad.runtime import leaving
from whygrad.runtime.leaving import Link

__all__ = ["Leaving", "Link"]

_ENTRIES: Final = frozenset(
    ("tensor", "as_tensor", "asarray", "from_numpy", "frombuffer", "Tensor", "full",
     "scalar_tensor", "new_tensor", "new_full", "full_like", "array_wrap", "fill", "setitem")
)  # fmt: skip
"""Calls through which data comes in; other calls count only with a Python number."""

_ARITHMETIC: Final = frozenset(
    ("add", "sub", "rsub", "mul", "div", "truediv", "rdiv", "pow", "rpow", "clamp", "lerp",
     "addcmul", "addcdiv", "where", "masked_fill")
)  # fmt: skip
"""Calls in which a Python int is a number too, and not a dimension or a size."""


class Leaving(leaving.Leaving):
    """The leavings of one step."""

    def came(self, plan: Plan, args: Any, kwargs: Any, value: int, frame: FrameType | None) -> None:
        """Note numbers or arrays among the arguments of an op that made `value`."""
        entry = plan.name in _ENTRIES
        if entry or plan.numbers:
            items = (*args, *(kwargs or {}).values())
            arithmetic = plan.name in _ARITHMETIC
            self.entered(plan.name, items, value, frame, entry=entry, arithmetic=arithmetic)
