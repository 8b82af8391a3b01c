"""Patches through which assignments are heard of: constructors, attributes, variables, flags."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Final

from whygrad.backends.keras.inventory.assignments import Assignments
from whygrad.backends.keras.inventory.late import LateFlags
from whygrad.runtime.patches import Patches
from whygrad.runtime.wake import Alarm

_LAYERS: Final = {
    "keras.src.layers.layer": "_keras_3",
    "keras.src.backend.common.variables": "_keras_variable",
    "keras.src.trainers.trainer": "_compiling",
}


class Watching:
    """Puts those of Keras 3 in place, once it is imported."""

    later: ClassVar[Mapping[str, str]] = {}
    """Modules that a script may import later, or not at all, beside those of every Keras 3."""

    def __init__(
        self,
        assignments: Assignments,
        active: Callable[[], bool],
        fault: Callable[[BaseException], None],
        late: LateFlags,
    ) -> None:
        self.assignments = assignments
        self.late = late
        self._active = active
        self._fault = fault
        self._setting_now: set[tuple[int, str]] = set()

    def install(self, patches: Patches) -> None:
        """Watch until the patches are undone."""
        later = _LAYERS | dict(self.later)

        def wake(name: str) -> None:
            try:
                getattr(self, later[name])(patches, sys.modules[name])
            except Exception as error:
                self._fault(error)

        alarm = Alarm(later, wake)
        alarm.__enter__()
        patches.on_undo(lambda: alarm.__exit__(None, None, None))

    def _keras_3(self, patches: Patches, module: Any) -> None:
        patches.wrap(module.Layer, "__init__", self._making)
        patches.wrap(module.Layer, "__setattr__", self._setting)

    def _compiling(self, patches: Patches, module: Any) -> None:
        patches.wrap(module.Trainer, "compile", self._compiled)

    def _compiled(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def compile(model: Any, *args: Any, **kwargs: Any) -> Any:
            result = original(model, *args, **kwargs)
            self._tell(lambda: self.late.compiled(model))
            return result

        return compile

    def _built(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def make_train_function(model: Any, *args: Any, **kwargs: Any) -> Any:
            before = getattr(model, "train_function", None)
            result = original(model, *args, **kwargs)
            if getattr(model, "train_function", None) is not before:
                self._tell(lambda: self.late.built(model))
            return result

        return make_train_function

    def _keras_variable(self, patches: Patches, module: Any) -> None:
        kind = getattr(module, "Variable", None) or module.KerasVariable  # its name in Keras 3.3
        original: Any = vars(kind).get("trainable")
        if not isinstance(original, property) or original.fset is None:
            return
        set_it = original.fset

        def setter(variable: Any, value: Any) -> None:
            set_it(variable, value)
            frame = sys._getframe(1)
            self._tell(lambda: self.assignments.flagged(variable, bool(value), frame))

        replaced = original.setter(setter)
        kind.trainable = replaced

        def undo() -> None:
            if vars(kind).get("trainable") is replaced:
                kind.trainable = original

        patches.on_undo(undo)

    def _tell(self, act: Callable[[], Any]) -> None:
        if not self._active():
            return
        try:
            act()
        except Exception as error:
            self._fault(error)

    def _making(self, original: Callable[..., None]) -> Callable[..., None]:
        def call(module: Any, *args: Any, **kwargs: Any) -> None:
            frame = sys._getframe(1)
            self._tell(lambda: self.assignments.makes(module, frame))
            original(module, *args, **kwargs)

        # Keras 3 reads the parameters of a layer's constructor, and does not look through wrappers.
        call.__signature__ = inspect.signature(original)  # type: ignore[attr-defined]
        return call

    def _setting(self, original: Callable[..., None]) -> Callable[..., None]:
        def call(module: Any, name: str, value: Any) -> None:
            # `__setattr__` of a class goes on to that of its base: the outermost is the person's.
            setting = id(module), name
            if setting in self._setting_now:
                original(module, name, value)
                return
            self._setting_now.add(setting)
            try:
                original(module, name, value)
            finally:
                self._setting_now.discard(setting)
            frame = sys._getframe(1)
            self._tell(lambda: self.assignments.assigned(module, name, value, frame))

        return call
