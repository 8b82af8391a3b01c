"""What hears of assignments in TensorFlow and both Keras: constructors, attributes, flags."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, ClassVar

from whygrad.backends.keras.inventory import watching
from whygrad.runtime.patches import Patches


class Watching(watching.Watching):
    """Puts the patches of TensorFlow in place, and those of Keras once it is imported."""

    later: ClassVar = {
        "keras.src.backend.tensorflow.trainer": "_training_3",
        "tf_keras.src.engine.base_layer": "_keras_2",
        "tf_keras.src.engine.training": "_training_2",
    }

    def install(self, patches: Patches) -> None:
        """Watch until the patches are undone."""
        from tensorflow.python.module import module
        from tensorflow.python.ops import resource_variable_ops as variables
        from tensorflow.python.trackable import autotrackable

        patches.wrap(module.Module, "__init__", self._making)
        patches.wrap(autotrackable.AutoTrackable, "__setattr__", self._setting)
        for kind in (variables.ResourceVariable, variables.UninitializedVariable):
            patches.wrap(kind, "__init__", self._making_variable)
        super().install(patches)

    def _keras_2(self, patches: Patches, module: Any) -> None:
        patches.wrap(module.Layer, "__setattr__", self._setting)

    def _training_3(self, patches: Patches, module: Any) -> None:
        patches.wrap(module.TensorFlowTrainer, "make_train_function", self._built)

    def _training_2(self, patches: Patches, module: Any) -> None:
        patches.wrap(module.Model, "compile", self._compiled)
        patches.wrap(module.Model, "make_train_function", self._built)

    def _making_variable(self, original: Callable[..., None]) -> Callable[..., None]:
        def call(variable: Any, *args: Any, **kwargs: Any) -> None:
            original(variable, *args, **kwargs)
            frame = sys._getframe(1)
            self._tell(lambda: self.assignments.made_variable(variable, frame))

        return call
