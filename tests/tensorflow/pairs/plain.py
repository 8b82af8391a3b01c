"""What becomes of a program's variables, seen without whygrad: who was given to an optimizer, with a
gradient or not, and who moved.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any

import keras
import numpy as np

_DEPTH = 8
_PLAIN = ("builtins", "numpy", "tensorflow", "keras", "tf_keras", "torch", "jax")


class Watch:
    """What optimizers were given, and the names of the program's functions."""

    def __init__(self, folder: Path) -> None:
        self.held: set[int] = set()
        self.given: set[int] = set()
        """Variables that came to an optimizer with a gradient."""
        self.first: dict[int, Any] = {}
        """What each variable was when an optimizer first saw it, or a function first returned."""
        self.names: dict[str, Any] = {}
        self._folder = str(folder)

    def apply(self, real: Callable[..., Any], paired: bool) -> Callable[..., Any]:
        """`paired`: it takes (gradient, variable) pairs, and not two lists."""

        def apply(optimizer: Any, grads: Any, *args: Any, **kwargs: Any) -> Any:
            if paired:
                grads = pairs = list(grads)
            else:
                chosen = args[0] if args else kwargs.get("trainable_variables")
                pairs = list(zip(grads, chosen or optimizer._trainable_variables, strict=False))
            for gradient, variable in pairs:
                self._seen(variable)
                self.held.add(key(variable))
                if gradient is not None:
                    self.given.add(key(variable))
            return real(optimizer, grads, *args, **kwargs)

        return apply

    def _seen(self, variable: Any) -> None:
        if key(variable) not in self.first:
            self.first[key(variable)] = value_of(variable)

    def returned(self, frame: FrameType, event: str, arg: Any) -> None:
        """Outer functions return later, so that their names win."""
        if event == "return" and frame.f_code.co_filename.startswith(self._folder):
            self.names.update((n, v) for n, v in frame.f_locals.items() if n != "self")


def key(variable: Any) -> int:
    """One number for a variable of Keras 3 and for what it wraps."""
    inner = getattr(variable, "_value", variable)
    handle = getattr(inner, "_handle", None)
    return int(getattr(handle, "_id", 0)) or id(variable)


def value_of(variable: Any) -> Any:
    """Its numbers now, also where a function is being traced."""
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        with tf.init_scope():
            inner = getattr(variable, "_value", variable)
            try:
                return np.array(inner.numpy())
            except (AttributeError, NotImplementedError):
                return None
    try:
        return np.array(keras.ops.convert_to_numpy(getattr(variable, "value", variable)))
    except Exception:
        return None


def observe(script: Path, names: list[str]) -> dict[str, Any]:
    """Run a program and say of each named variable what became of it."""
    watch = Watch(script.parent)
    classes = [(keras.optimizers.Optimizer.__mro__[-2], "apply", False)]
    classes = [(cls, name, paired) for cls, name, paired in _entries() if name in vars(cls)]
    real = [(cls, name, vars(cls)[name]) for cls, name, _ in classes]
    for cls, name, paired in classes:
        setattr(cls, name, watch.apply(vars(cls)[name], paired))
    path, main = sys.path[:], sys.modules["__main__"]
    module = ModuleType("__main__")
    module.__file__ = str(script)
    sys.modules["__main__"] = module
    sys.path.insert(0, str(script.parent))
    raised = None
    sys.setprofile(watch.returned)
    try:
        exec(compile(script.read_text(), str(script), "exec"), module.__dict__)
    except Exception as error:
        raised = f"{type(error).__name__}: {error}"
    finally:
        sys.setprofile(None)
        sys.modules["__main__"], sys.path[:] = main, path
        for cls, name, was in real:
            setattr(cls, name, was)
    found = dict(_variables({**watch.names, **vars(module)}))
    return {
        "raised": raised,
        "variables": {
            name: _facts(watch, variable)
            for name, variable in found.items()
            if any(fnmatchcase(name, pattern) for pattern in names)
        },
    }


def _entries() -> Iterator[tuple[type, str, bool]]:
    from keras.src.optimizers.base_optimizer import BaseOptimizer

    yield BaseOptimizer, "apply", False
    if keras.backend.backend() == "tensorflow":
        import tf_keras

        yield tf_keras.optimizers.Optimizer, "apply_gradients", True
        yield tf_keras.optimizers.legacy.Optimizer, "apply_gradients", True


def _facts(watch: Watch, variable: Any) -> dict[str, Any]:
    first, last = watch.first.get(key(variable)), value_of(variable)
    return {
        "held": key(variable) in watch.held,
        "given": key(variable) in watch.given,
        "moved": first is not None and last is not None and not np.array_equal(first, last),
        "trainable": bool(getattr(variable, "trainable", False)),
        "finite": last is None
        or last.dtype.kind not in "fV"
        or bool(np.isfinite(last.astype("float32")).all()),
        "kind": type(variable).__name__,
    }


def _variables(space: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Every variable that can be reached from the program's names, under every name."""
    todo = [(name, value, 0) for name, value in space.items() if not name.startswith("__")]
    for name, value, depth in todo:
        if _is_variable(value):
            yield name, value
        elif depth < _DEPTH and not isinstance(
            value, (type, ModuleType, keras.optimizers.Optimizer)
        ):
            todo += [(f"{name}.{k}", v, depth + 1) for k, v in _members(value)]


def _is_variable(value: Any) -> bool:
    name = type(value).__name__
    return isinstance(value, keras.Variable) or name.endswith(
        ("Variable", "EagerTensor", "Tensor", "ArrayImpl")
    )


def _members(value: Any) -> list[tuple[Any, Any]]:
    if isinstance(value, dict):
        return list(value.items())
    if isinstance(value, (list, tuple, set)):
        return list(enumerate(value))
    if isinstance(value, (keras.Model, keras.layers.Layer)) or _is_keras_2(value):
        own = [(k, v) for k, v in vars(value).items() if not k.startswith("_") or k == "_kernel"]
        named = [
            (w.name.split("/")[-1].split(":")[0], w)
            for w in getattr(value, "_trainable_variables", ())
        ]
        return own + _named(named) + [("layers", getattr(value, "layers", [])), *_layers(value)]
    if hasattr(value, "__dict__") and not callable(getattr(value, "__code__", None)):
        if type(value).__module__.split(".")[0] in _PLAIN:
            return []
        return list(vars(value).items())
    return []


def _named(found: list[tuple[str, Any]]) -> list[tuple[str, Any]]:
    return found


def _layers(value: Any) -> list[tuple[str, Any]]:
    return [(layer.name, layer) for layer in getattr(value, "layers", ())]


def _is_keras_2(value: Any) -> bool:
    return any(cls.__module__.startswith("tf_keras") for cls in type(value).__mro__)
