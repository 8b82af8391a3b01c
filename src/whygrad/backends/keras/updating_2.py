"""The optimizers of Keras 2 (`tf_keras`, new and legacy) and of `tf.compat.v1`: they all take pairs
of gradient and variable. Nothing is imported here; what a program has imported is looked up.
"""

from __future__ import annotations

import sys
from typing import Any, Final

CLASSES: Final = {
    "tf_keras.src.optimizers.optimizer": "_BaseOptimizer",
    "tf_keras.src.optimizers.legacy.optimizer_v2": "OptimizerV2",
    "tensorflow.python.training.optimizer": "Optimizer",
    "tensorflow.python.keras.optimizer_v2.optimizer_v2": "OptimizerV2",
}
"""By module, the class below all optimizers of its kind."""


def base_class(module: str) -> Any:
    """The class, or None where its module was not imported."""
    return getattr(sys.modules.get(module), CLASSES[module], None)


def is_optimizer(value: Any) -> bool:
    """Whether it is one of these. Not isinstance: it would ask proxies for their class."""
    kind = type(value)
    return any(issubclass(kind, base) for m in CLASSES if (base := base_class(m)) is not None)


def rate_of(optimizer: Any) -> float | None:
    """The rate in use, where it is a number that can be read without asking a schedule."""
    for name in ("_current_learning_rate", "_learning_rate", "_lr"):
        rate = _own(optimizer, name)
        if rate is not None:
            return _number(rate)
    hyper = _own(optimizer, "_hyper")
    return _number(hyper.get("learning_rate")) if isinstance(hyper, dict) else None


def _own(optimizer: Any, name: str) -> Any:
    return vars(optimizer).get(name)


def _number(rate: Any) -> float | None:
    # A schedule is no number; nor is a rate that is part of a graph.
    try:
        return float(rate.numpy() if hasattr(rate, "numpy") else rate)
    except Exception:
        return None
