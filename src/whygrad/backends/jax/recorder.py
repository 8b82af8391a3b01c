"""How Keras on JAX is spoken of in a recording."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from whygrad.backends.keras import dialects
from whygrad.backends.shared import recorder
from whygrad.backends.shared.recorder import Words
from whygrad.backends.shared.slot import Model
from whygrad.flow.recording import Recording


def build(observer: Any) -> Recording:
    """Freeze an observation."""
    recording = recorder.build(observer, _words)
    if not recording.models and not recording.steps:
        return replace(recording, versions={})  # imported, and used for something else
    return recording


def _words(models: Sequence[Model]) -> Words:
    keras = _version("keras")
    return Words(dialects.keras_3(keras, "jax"), {"jax": _version("jax"), "keras": keras})


def _version(name: str) -> str:
    return str(getattr(sys.modules.get(name), "__version__", "?"))


class NoOutputs:
    """What modules give is not measured here."""

    def rows(self, names: Any) -> tuple[()]:
        """Nothing."""
        return ()
