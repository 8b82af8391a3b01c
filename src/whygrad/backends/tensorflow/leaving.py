"""Patches where eager tensors become Python numbers or NumPy arrays, and where those come back.

What is read through the buffer protocol (`np.mean(t)`, `np.asarray(t)`, TensorFlow 2.21) asks no
method of the tensor: it is concluded from names, where the array comes back.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, Final

from whygrad.backends.tensorflow.eager import Eager
from whygrad.runtime.callsite import PERSON
from whygrad.runtime.patches import Patches

_METHODS: Final = {
    "numpy": "numpy", "__float__": "float", "__int__": "int", "__index__": "int",
    "__complex__": "complex", "__array__": "array",
}  # fmt: skip


class LeavingPatches:
    """Opens and closes them."""

    def __init__(self, eager: Eager) -> None:
        self.eager = eager
        self.patches = Patches()

    def open(self) -> None:
        """Put the patches in place."""
        from tensorflow.python.framework import constant_op, ops

        for method, how in _METHODS.items():
            self.patches.wrap(ops._EagerTensorBase, method, self._leaving(how))
        self.patches.wrap(constant_op, "convert_to_eager_tensor", self._coming)

    def close(self) -> None:
        """Undo all."""
        self.patches.undo()

    def _leaving(self, how: str) -> Callable[..., Any]:
        eager = self.eager

        def wrap(original: Callable[..., Any]) -> Callable[..., Any]:
            def leave(tensor: Any, *args: Any, **kwargs: Any) -> Any:
                out = original(tensor, *args, **kwargs)
                if eager.off:
                    return out
                try:
                    number = eager.log.known(tensor._id)
                    if number is not None and number >= 0:
                        frame = sys._getframe(1)
                        file = frame.f_code.co_filename
                        # TensorFlow looks at shapes and conditions all the time.
                        if eager.log.floats[number] or eager.callsites.kind(file) == PERSON:
                            eager.leaving.left(how, number, out, frame)
                except Exception as error:
                    eager.fail(error)
                return out

            return leave

        return wrap

    def _coming(self, original: Callable[..., Any]) -> Callable[..., Any]:
        eager = self.eager

        def convert_to_eager_tensor(value: Any, ctx: Any, dtype: Any = None) -> Any:
            out = original(value, ctx, dtype)
            if not eager.off and out is not value:
                try:
                    eager.came(value, out, sys._getframe(1))
                except Exception as error:
                    eager.fail(error)
            return out

        return convert_to_eager_tensor
