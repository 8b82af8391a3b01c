"""The only place that imports a framework; a folder each, loaded when the script imported it."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from types import MappingProxyType

from whygrad.runtime.backend import Backend

BACKENDS: Mapping[str, str] = MappingProxyType(
    {
        "torch": "whygrad.backends.torch",
        "tensorflow": "whygrad.backends.tensorflow",
        "jax": "whygrad.backends.jax",
    }
)
"""Import name of a framework to the module that observes it."""


def load(framework: str) -> Backend:
    """Import the backend of a framework that is already imported."""
    backend: Backend = importlib.import_module(BACKENDS[framework]).BACKEND
    return backend
