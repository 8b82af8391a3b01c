"""What becomes of a program's variables, seen without whygrad: which of them a tape was asked for or
an optimizer was given, with a gradient or without, and which moved.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack
from fnmatch import fnmatchcase
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any
from unittest import mock

import keras
import numpy as np

_DEPTH = 8
_PLAIN = ("builtins", "numpy", "tensorflow", "keras", "tf_keras", "torch", "jax", "jaxlib")
BACKEND = keras.backend.backend()


class Watch:
    """What tapes and optimizers had, and the names of the program's functions."""

    def __init__(self, folder: Path) -> None:
        self.variables: dict[int, Any] = {}
        """All that were asked for or given; kept, so that none of their ids comes twice."""
        self.first: dict[int, Any] = {}
        """What each was when it was first seen."""
        self.asked: set[int] = set()
        self.held: set[int] = set()
        self.got: set[int] = set()
        """Those for which there was a gradient."""
        self.norms: dict[int, float] = {}
        """The largest norm of their gradients, where it can be seen."""
        self.finite: dict[int, bool] = {}
        self.answers: dict[int, tuple[Any, set[int]]] = {}
        """Gradients that tapes gave, by id, and which variables they are of."""
        self.others: set[int] = set()
        """Those that were updated with the gradient of others."""
        self.names: dict[str, Any] = {}
        self._folder = str(folder)

    def apply(self, real: Callable[..., Any], paired: bool) -> Callable[..., Any]:
        """`paired`: it takes (gradient, variable) pairs, and not two lists."""

        def apply(optimizer: Any, grads: Any, *args: Any, **kwargs: Any) -> Any:
            grads = pairs = list(grads)
            if not paired:
                chosen = args[0] if args else kwargs.get("trainable_variables")
                chosen = optimizer._trainable_variables if chosen is None else chosen
                pairs = list(zip(grads, chosen, strict=False))
            self._seen(pairs, self.held)
            for gradient, variable in pairs:
                known = self.answers.get(id(gradient))
                if known is not None and key(variable) not in known[1]:
                    self.others.add(key(variable))
            return real(optimizer, grads, *args, **kwargs)

        return apply

    def build(self, real: Callable[..., Any]) -> Callable[..., Any]:
        """Of an optimizer. JAX has a variable's numbers here, and no more while it is trained."""

        def build(optimizer: Any, variables: Any) -> Any:
            for variable in variables:
                self.first.setdefault(key(variable), value_of(variable))
            return real(optimizer, variables)

        return build

    def gradient(self, real: Callable[..., Any]) -> Callable[..., Any]:
        """Of a tape."""

        def gradient(tape: Any, target: Any, sources: Any, *args: Any, **kwargs: Any) -> Any:
            import tensorflow as tf

            grads = real(tape, target, sources, *args, **kwargs)
            flat = tf.nest.flatten(sources)
            found = grads if isinstance(grads, (list, tuple)) else [grads]
            if len(found) == len(flat):
                self._seen(list(zip(found, flat, strict=True)), self.asked)
                for gradient, variable in zip(found, flat, strict=True):
                    if gradient is not None:
                        of = self.answers.setdefault(id(gradient), (gradient, set()))
                        of[1].add(key(variable))
            return grads

        return gradient

    def _seen(self, pairs: Iterable[tuple[Any, Any]], among: set[int]) -> None:
        for gradient, variable in pairs:
            number = key(variable)
            self.variables[number] = variable
            among.add(number)
            if gradient is not None:
                self.got.add(number)
            if not _tracing():
                self._numbers(number, gradient, variable)
            elif gradient is not None:
                self._numbers_later(number, gradient, variable)
            else:
                self._first(number, variable)

    def _numbers(self, number: int, gradient: Any, variable: Any) -> None:
        self._first(number, variable)
        numbers = None if gradient is None else numbers_of(gradient)
        if numbers is not None and numbers.dtype.kind in "fV":
            wide = numbers.astype("float64").ravel()
            self.norms[number] = max(self.norms.get(number, 0.0), float(np.linalg.norm(wide)))
            finite = bool(np.isfinite(wide).all())
            self.finite[number] = finite and self.finite.get(number, True)

    def _first(self, number: int, variable: Any) -> None:
        if self.first.get(number) is None:
            self.first[number] = value_of(variable)

    def _numbers_later(self, number: int, gradient: Any, variable: Any) -> None:
        """While the graph is traced there are none."""
        import tensorflow as tf

        def note(gradient: Any, value: Any) -> None:
            self._numbers(number, gradient, value)

        inner = getattr(variable, "_value", variable)
        tf.numpy_function(note, [tf.convert_to_tensor(gradient), tf.convert_to_tensor(inner)], [])

    def returned(self, frame: FrameType, event: str, arg: Any) -> None:
        """Outer functions return later, so that their names win."""
        if event == "return" and frame.f_code.co_filename.startswith(self._folder):
            self.names.update((n, v) for n, v in frame.f_locals.items() if n != "self")


def key(variable: Any) -> int:
    """One number for a variable of Keras 3 and for what it wraps."""
    inner = getattr(variable, "_value", variable)
    handle = getattr(inner, "_handle", None)
    if handle is not None:
        return int(getattr(handle, "_id", 0)) or id(inner)
    # JAX puts another array into the variable at every step.
    return id(inner if type(inner).__module__.startswith("torch") else variable)


def _tracing() -> bool:
    if BACKEND != "tensorflow":
        return False
    import tensorflow as tf

    return not tf.executing_eagerly()


def value_of(variable: Any) -> Any:
    """Its numbers now, also where a function is being traced."""
    return numbers_of(getattr(variable, "_value", variable))


def numbers_of(tensor: Any) -> Any:
    """As an array; None where they are not there yet."""
    if tensor is None or isinstance(tensor, np.ndarray):
        return None if tensor is None else np.array(tensor)
    try:
        if BACKEND == "tensorflow":
            import tensorflow as tf

            with tf.init_scope():
                made = not isinstance(tensor, tf.Variable) or tensor.is_initialized()
                return np.array(tf.convert_to_tensor(tensor).numpy()) if made else None
        if BACKEND == "torch":
            return np.array(tensor.detach().float().cpu().numpy())
        return np.array(tensor)
    except Exception:
        return None


def observe(script: Path, names: list[str]) -> dict[str, Any]:
    """Run a program and say of each named variable what became of it."""
    watch = Watch(script.parent)
    module = ModuleType("__main__")
    module.__file__ = str(script)
    text = script.read_text()
    raised = None
    with ExitStack() as stack:
        for patch in _patches(watch):
            stack.enter_context(patch)
        # Not `patch.dict`: what the program imports stays imported.
        stack.callback(sys.modules.__setitem__, "__main__", sys.modules["__main__"])
        sys.modules["__main__"] = module
        stack.enter_context(mock.patch.object(sys, "path", [str(script.parent), *sys.path]))
        if _in_functions(text, names):
            stack.callback(sys.setprofile, None)
            sys.setprofile(watch.returned)
        try:
            exec(compile(text, str(script), "exec"), module.__dict__)
        except Exception as error:
            raised = f"{type(error).__name__}: {error}"
    found = dict(_variables({**watch.names, **vars(module)}))
    return {
        "raised": raised,
        "backend": BACKEND,
        "variables": {
            name: _facts(watch, variable)
            for name, variable in found.items()
            if any(fnmatchcase(name, pattern) for pattern in names)
        },
        "seen": [
            {**_facts(watch, variable), "name": str(getattr(variable, "path", "")) or variable.name}
            for variable in watch.variables.values()
            if hasattr(variable, "name") and not isinstance(variable, keras.KerasTensor)
        ]
        if not names
        else [],
    }


def _in_functions(text: str, names: list[str]) -> bool:
    """Whether a name is one of a function's own: asking after those makes tracing slow."""
    roots = {name.split(".")[0] for name in names}
    return any("*" not in root and not re.search(rf"(?m)^{root}\b", text) for root in roots)


def _patches(watch: Watch) -> Iterator[AbstractContextManager[Any]]:
    from keras.src.optimizers.base_optimizer import BaseOptimizer

    entries: list[tuple[type, str, bool]] = [(BaseOptimizer, "apply", False)]
    if BACKEND == "tensorflow":
        import tensorflow as tf
        import tf_keras

        entries += [
            (tf_keras.optimizers.Optimizer, "apply_gradients", True),
            (tf_keras.optimizers.legacy.Optimizer, "apply_gradients", True),
        ]
        # What XLA compiles cannot tell its numbers.
        yield mock.patch.object(keras.Model, "_resolve_auto_jit_compile", lambda model: False)
        yield mock.patch.object(
            tf.GradientTape, "gradient", watch.gradient(tf.GradientTape.gradient)
        )
    if BACKEND == "jax":
        yield mock.patch.object(BaseOptimizer, "build", watch.build(BaseOptimizer.build))
    for cls, name, paired in entries:
        yield mock.patch.object(cls, name, watch.apply(vars(cls)[name], paired))


def _facts(watch: Watch, variable: Any) -> dict[str, Any]:
    number = key(variable)
    first, last = watch.first.get(number), value_of(variable)
    known = first is not None and last is not None
    return {
        "asked": number in watch.asked,
        "held": number in watch.held,
        "got": number in watch.got,
        "others": number in watch.others,
        "norm": watch.norms.get(number),
        "moved": known and not np.array_equal(first, last),
        "distance": _distance(first, last) if known else 0.0,
        "finite": watch.finite.get(number, True) and _is_finite(last),
        "trainable": bool(getattr(variable, "trainable", False)),
        "kind": type(variable).__name__,
    }


def _distance(first: Any, last: Any) -> float:
    if first.dtype.kind not in "fiuV":
        return 0.0
    return float(np.abs(last.astype("float64") - first.astype("float64")).max(initial=0.0))


def _is_finite(numbers: Any) -> bool:
    if numbers is None or numbers.dtype.kind not in "fV":
        return True
    return bool(np.isfinite(numbers.astype("float32")).all())


def _variables(space: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Every variable that can be reached from the program's names, under every name."""
    todo = [(name, value, 0) for name, value in space.items() if not name.startswith("__")]
    for name, value, depth in todo:
        if _is_variable(value):
            yield name, value
        elif depth < _DEPTH and not isinstance(value, (type, ModuleType)) and not _is_tool(value):
            todo += [(f"{name}.{k}", v, depth + 1) for k, v in _members(value)]


def _is_variable(value: Any) -> bool:
    kinds = ("Variable", "EagerTensor", "Tensor", "ArrayImpl", "Parameter")
    name = type(value).__name__
    return isinstance(value, keras.Variable) or (name.endswith(kinds) and name != "KerasTensor")


def _is_tool(value: Any) -> bool:
    """An optimizer or a metric has variables of its own."""
    return any(
        cls.__name__ in ("Optimizer", "BaseOptimizer", "Metric")
        and cls.__module__.split(".")[0] in _PLAIN
        for cls in type(value).__mro__
    )


def _members(value: Any) -> list[tuple[Any, Any]]:
    if isinstance(value, dict):
        return list(value.items())
    if isinstance(value, (list, tuple, set)):
        return list(enumerate(value))
    if isinstance(value, keras.layers.Layer) or _is_keras_2(value):
        # On PyTorch a layer is one of its modules, and keeps its layers as those do.
        kept = {**vars(value), **vars(value).get("_modules", {})}
        own = [(k, v) for k, v in kept.items() if not k.startswith("_")]
        return [*own, *_weights(value), ("layers", getattr(value, "layers", [])), *_layers(value)]
    if hasattr(value, "__dict__") and not callable(getattr(value, "__code__", None)):
        if type(value).__module__.split(".")[0] in _PLAIN:
            return []
        return list(vars(value).items())
    return []


def _weights(value: Any) -> Iterator[tuple[str, Any]]:
    for kept in ("_trainable_variables", "_non_trainable_variables", "_trainable_weights"):
        for weight in getattr(value, kept, ()):
            yield weight.name.split("/")[-1].split(":")[0], weight


def _layers(value: Any) -> list[tuple[str, Any]]:
    return [(layer.name, layer) for layer in getattr(value, "layers", ())]


def _is_keras_2(value: Any) -> bool:
    return any(cls.__module__.startswith("tf_keras") for cls in type(value).__mro__)
