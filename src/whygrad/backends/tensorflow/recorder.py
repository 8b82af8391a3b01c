"""How TensorFlow and Keras are spoken of in a recording."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from whygrad.backends.keras import dialects, parts, parts_2
from whygrad.backends.shared import recorder
from whygrad.backends.shared.recorder import Words
from whygrad.backends.shared.slot import Model
from whygrad.flow.recording import Recording


def build(observer: Any) -> Recording:
    """Freeze an observation."""
    recording = replace(recorder.build(observer, _words), messages=observer.said.messages)
    elsewhere = any(name in sys.modules for name in ("torch", "jax"))
    trained = any(step.differentiated or step.stepped for step in recording.steps)
    if elsewhere and not recording.models and not trained:
        return replace(recording, versions={})  # imported, and used for something else
    return recording


def _words(models: Sequence[Model]) -> Words:
    kinds = [model.kind for model in models]
    versions = {"tensorflow": _version("tensorflow")}
    if any(map(parts.is_layer_class, kinds)):
        versions["keras"] = _version("keras")
        return Words(dialects.keras_3(versions["keras"]), versions)
    if any(map(parts_2.is_layer_class, kinds)):
        versions["tf_keras"] = _version("tf_keras")
        return Words(dialects.keras_2(), versions)
    return Words(dialects.tensorflow(), versions)


def _version(name: str) -> str:
    return str(getattr(sys.modules.get(name), "__version__", "?"))


class NoOutputs:
    """What modules give is not measured here."""

    def rows(self, names: Any) -> tuple[()]:
        """Nothing."""
        return ()
