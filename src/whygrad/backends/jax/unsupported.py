"""Stands in for the observer where this version of JAX cannot be observed: says so, once."""

from __future__ import annotations

from whygrad.backends.jax import versions
from whygrad.backends.keras import dialects, parts
from whygrad.flow.recording import Recording
from whygrad.runtime.backend import CannotObserveError


class Unsupported:
    """Touches nothing."""

    def __init__(self, lacking: str) -> None:
        self._lacking = lacking

    def recording(self) -> Recording:
        """Nothing; where Keras ran on JAX, why there is nothing."""
        if parts.backend() == "jax":
            raise CannotObserveError(
                f"jax {versions.version()} is not supported for observation: it has no"
                f" `{self._lacking}` (whygrad is tested with jax {versions.OLDEST} to"
                f" {versions.NEWEST}); your script ran as it does without whygrad"
            )
        words = dialects.keras_3("?", "jax")
        return Recording(dialect=words, versions={}, models=(), variables=(), steps=())

    def replayer(self) -> None:
        """Nothing was kept."""

    def detach(self) -> None:
        """Nothing was put in place."""
