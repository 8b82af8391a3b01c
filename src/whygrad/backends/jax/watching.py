"""What Keras' layers and variables are given, heard of as on TensorFlow."""

from __future__ import annotations

from typing import Any, ClassVar

from whygrad.backends.keras.inventory import watching
from whygrad.runtime.patches import Patches


class Watching(watching.Watching):
    """Puts the patches of Keras in place."""

    later: ClassVar = {"keras.src.backend.jax.trainer": "_training"}

    def _training(self, patches: Patches, module: Any) -> None:
        patches.wrap(module.JAXTrainer, "make_train_function", self._built)
