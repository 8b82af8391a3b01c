"""What Keras' layers and variables are given, heard of as on TensorFlow."""

from __future__ import annotations

import sys
from typing import Any

from whygrad.backends.tensorflow import watching
from whygrad.runtime.patches import Patches
from whygrad.runtime.wake import Alarm

_LATER = {
    "keras.src.layers.layer": "_keras_3",
    "keras.src.backend.common.variables": "_keras_variable",
    "keras.src.trainers.trainer": "_compiling",
    "keras.src.backend.jax.trainer": "_training",
}


class Watching(watching.Watching):
    """Puts the patches of Keras in place, and none of TensorFlow's."""

    def install(self, patches: Patches) -> None:
        """Watch until the patches are undone."""

        def wake(name: str) -> None:
            try:
                getattr(self, _LATER[name])(patches, sys.modules[name])
            except Exception as error:
                self._fault(error)

        alarm = Alarm(_LATER, wake)
        alarm.__enter__()
        patches.on_undo(lambda: alarm.__exit__(None, None, None))

    def _training(self, patches: Patches, module: Any) -> None:
        patches.wrap(module.JAXTrainer, "make_train_function", self._built)
