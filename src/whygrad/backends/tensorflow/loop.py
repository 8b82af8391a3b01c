"""What the training loop does with optimizers: builds them, gives them gradients.

An optimizer is told of around the one method through which all its updates go: `apply` in Keras 3,
`apply_gradients` everywhere else. What is passed is passed on; exceptions pass through.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from whygrad.backends.keras import parts, updating_2
from whygrad.backends.keras.telling import Listener, after, applying, around
from whygrad.runtime.patches import Patches
from whygrad.runtime.wake import Alarm

_KERAS_3 = "keras.src.optimizers.base_optimizer"


def install(patches: Patches, listener: Listener, install_rates: Callable[[], None]) -> None:
    """Wrap the optimizers that are there, and those of a Keras that is imported later on."""

    def wake(name: str) -> None:
        try:
            if name == _KERAS_3:
                if parts.backend() == "tensorflow":
                    _keras_3(patches, listener, sys.modules[name].BaseOptimizer)
                    install_rates()
            else:
                _keras_2(patches, listener, name)
        except Exception as error:
            listener.fault(error)

    alarm = Alarm((_KERAS_3, *updating_2.CLASSES), wake)
    alarm.__enter__()
    patches.on_undo(lambda: alarm.__exit__(None, None, None))


def _keras_3(patches: Patches, listener: Listener, base: Any) -> None:
    patches.wrap(base, "__init__", lambda o: after(o, listener, "built"))
    patches.wrap(base, "build", lambda o: after(o, listener, "holds"))
    patches.wrap(base, "apply", lambda o: applying(o, listener))


def _keras_2(patches: Patches, listener: Listener, name: str) -> None:
    base = updating_2.base_class(name)
    patches.wrap(base, "__init__", lambda o: after(o, listener, "built"))
    patches.wrap(base, "apply_gradients", lambda o: _pairs(o, listener))
    over = getattr(sys.modules[name], "Optimizer", base)
    if over is not base and "apply_gradients" in vars(over):
        patches.wrap(over, "apply_gradients", lambda o: _pairs(o, listener))


def _pairs(original: Callable[..., Any], listener: Listener) -> Callable[..., Any]:
    def apply_gradients(optimizer: Any, grads_and_vars: Any, *args: Any, **kwargs: Any) -> Any:
        if not listener.active:
            return original(optimizer, grads_and_vars, *args, **kwargs)
        pairs = list(grads_and_vars)
        frame = sys._getframe(1)
        return around(
            lambda _: original(optimizer, pairs, *args, **kwargs),
            listener,
            optimizer,
            ([g for g, _ in pairs], [v for _, v in pairs], frame),
        )

    return apply_gradients
