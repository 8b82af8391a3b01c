"""Patches for Python functions that are called as one op: `tf.py_function`, `tf.numpy_function`.

In a `py_function` eager TensorFlow runs ops on copies of what it was given; the copies are the
same values here, so that what happens inside is seen like any other code.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from whygrad.backends.keras.inventory.handles import FLOATING
from whygrad.backends.tensorflow.eager import Eager
from whygrad.backends.tensorflow.log import Record
from whygrad.runtime.patches import Patches


class PyFunctionPatches:
    """Opens and closes them."""

    def __init__(self, eager: Eager) -> None:
        self.eager = eager
        self.patches = Patches()
        self._given: list[tuple[int, ...]] = []

    def open(self) -> None:
        """Put the patches in place."""
        from tensorflow.python.ops import script_ops

        self.patches.wrap(script_ops, "_internal_py_func", self._calling)
        self.patches.wrap(script_ops.EagerFunc, "__call__", self._running)
        self.patches.wrap(script_ops, "py_func_common", self._numpy)

    def close(self) -> None:
        """Undo all."""
        self.patches.undo()

    def _numbers(self, tensors: Any, other: int | None = None) -> tuple[int, ...]:
        """Values of tensors; `other` is for what is none, or it is left out."""
        try:
            found = (self.eager.number(t) if _is_eager(t) else other for t in tensors)
            return tuple(number for number in found if number is not None)
        except Exception as error:
            self.eager.fail(error)
            return ()

    def _calling(self, original: Callable[..., Any]) -> Callable[..., Any]:
        from tensorflow.python.util.variable_utils import convert_variables_to_tensors

        def internal_py_func(func: Any, inp: Any, *args: Any, **kwargs: Any) -> Any:
            if not self.eager.off:
                # It would do the same, later; what it then gives the function are these tensors.
                inp = convert_variables_to_tensors(list(inp))
            self._given.append(() if self.eager.off else self._numbers(inp, -1))
            try:
                return original(func, inp, *args, **kwargs)
            finally:
                self._given.pop()

        return internal_py_func

    def _running(self, original: Callable[..., Any]) -> Callable[..., Any]:
        eager = self.eager

        def call(function: Any, device: Any, token: Any, args: Any) -> Any:
            given = self._given[-1] if self._given and not eager.off else ()
            copies = [arg for arg in args if _is_eager(arg)]
            if given and len(given) == len(copies):
                pairs = zip(copies, given, strict=True)
                eager.log.numbers.update({t._id: n for t, n in pairs if n >= 0})
            outputs = original(function, device, token, args)
            if given:
                flat = outputs if isinstance(outputs, (list, tuple)) else (outputs,)
                eager.returned = self._numbers(flat)
            return outputs

        return call

    def _numpy(self, original: Callable[..., Any]) -> Callable[..., Any]:
        eager = self.eager

        def py_func_common(func: Any, inp: Any, *args: Any, **kwargs: Any) -> Any:
            outputs = original(func, inp, *args, **kwargs)
            if eager.off or not all(map(_is_eager, inp)):
                return outputs
            frame = sys._getframe(1)
            ins = self._numbers(inp)
            flat = outputs if isinstance(outputs, (list, tuple)) else (outputs,)
            made = [t for t in flat if _is_eager(t)]
            outs = eager.made(made)
            eager.log.met.update(zip(outs, made, strict=True))
            if ins and outs:
                bits = sum((t._datatype_enum() in FLOATING) << i for i, t in enumerate(made))
                site = eager.callsites.capture(frame)
                eager.log.records.append(
                    Record("PyFunc", ins, outs, site, eager.active, eager.phase, None, bits)
                )
            return outputs

        return py_func_common


def _is_eager(tensor: Any) -> bool:
    return hasattr(tensor, "_datatype_enum")
