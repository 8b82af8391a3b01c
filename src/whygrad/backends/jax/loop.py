"""What Keras' optimizers and scopes do on JAX, told to a listener."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from types import FrameType
from typing import Any, Protocol

from whygrad.backends.keras import telling
from whygrad.backends.keras.telling import after, applying
from whygrad.runtime.patches import Patches
from whygrad.runtime.wake import Alarm

_OPTIMIZERS = "keras.src.optimizers.base_optimizer"
_SCOPE = "keras.src.backend.common.stateless_scope"
_CALLBACKS = "keras.src.callbacks.callback_list"
_TRAINER = "/keras/src/backend/jax/trainer.py"


class Listener(telling.Listener, Protocol):
    """Who wants to know. Frames are those of the caller; none is kept."""

    def updates(
        self, optimizer: Any, gradients: Any, old: Any, own: Any, frame: FrameType
    ) -> tuple[Any, Any, Any]: ...
    def updated(
        self, update: Any, new: Sequence[Any], rest: Sequence[Any]
    ) -> tuple[Sequence[Any], Sequence[Any]]: ...
    def update_failed(self) -> None: ...
    def maps(self, scope: Any, pairs: Sequence[tuple[Any, Any]]) -> None: ...
    def batch_ended(self) -> None: ...


def install(patches: Patches, listener: Listener, install_rates: Callable[[], None]) -> None:
    """Wrap what is there, and what a Keras that is imported later on brings."""

    def wake(name: str) -> None:
        try:
            module = sys.modules[name]
            if name == _SCOPE:
                patches.wrap(module.StatelessScope, "__init__", lambda o: _mapping(o, listener))
            else:
                _optimizers(patches, listener, module.BaseOptimizer)
                install_rates()
        except Exception as error:
            listener.fault(error)

    alarm = Alarm((_OPTIMIZERS, _SCOPE), wake)
    alarm.__enter__()
    patches.on_undo(lambda: alarm.__exit__(None, None, None))


def install_end(patches: Patches, listener: Listener) -> None:
    """Tell once where Keras' own loop has put things in order behind a batch."""
    module = sys.modules.get(_CALLBACKS)
    if module is not None:
        patches.wrap(module.CallbackList, "on_train_batch_end", lambda o: _batch(o, listener))


def in_fit(frame: FrameType | None) -> bool:
    """Whether Keras' own loop is on the stack, which puts things in order behind every batch."""
    while frame is not None:
        code = frame.f_code
        if code.co_name == "fit" and code.co_filename.endswith(_TRAINER):
            return True
        frame = frame.f_back
    return False


def _optimizers(patches: Patches, listener: Listener, base: Any) -> None:
    patches.wrap(base, "__init__", lambda o: after(o, listener, "built"))
    patches.wrap(base, "build", lambda o: after(o, listener, "holds"))
    patches.wrap(base, "apply", lambda o: applying(o, listener))
    patches.wrap(base, "stateless_apply", lambda o: _stateless(o, listener))


def _stateless(original: Callable[..., Any], listener: Listener) -> Callable[..., Any]:
    def stateless_apply(
        optimizer: Any, optimizer_variables: Any, grads: Any, trainable_variables: Any
    ) -> Any:
        if not listener.active:
            return original(optimizer, optimizer_variables, grads, trainable_variables)
        update, old, own = listener.updates(
            optimizer, grads, trainable_variables, optimizer_variables, sys._getframe(1)
        )
        try:
            new, rest = original(optimizer, own, grads, old)
        except BaseException:
            listener.update_failed()
            raise
        return listener.updated(update, new, rest)

    return stateless_apply


def _mapping(original: Callable[..., Any], listener: Listener) -> Callable[..., Any]:
    def init(scope: Any, state_mapping: Any = None, *args: Any, **kwargs: Any) -> None:
        # A generator or a `zip` can be read but once.
        pairs = None if state_mapping is None else list(state_mapping)
        original(scope, pairs, *args, **kwargs)
        if pairs and listener.active:
            listener.maps(scope, pairs)

    return init


def _batch(original: Callable[..., Any], listener: Listener) -> Callable[..., Any]:
    def on_train_batch_end(self: Any, *args: Any, **kwargs: Any) -> Any:
        result = original(self, *args, **kwargs)
        listener.batch_ended()
        return result

    return on_train_batch_end
