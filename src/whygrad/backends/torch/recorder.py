"""How PyTorch is spoken of in a recording."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from whygrad.backends.keras import parts
from whygrad.backends.shared import recorder
from whygrad.backends.shared.recorder import Words
from whygrad.backends.shared.slot import Model
from whygrad.backends.torch import keras3
from whygrad.flow.recording import Dialect, Recording

DIALECT = Dialect(
    framework="torch",
    parameter="nn.Parameter",
    listing="model.parameters()",
    containers={
        "list of modules": "nn.ModuleList",
        "dict of modules": "nn.ModuleDict",
        "list of parameters": "nn.ParameterList",
        "dict of parameters": "nn.ParameterDict",
    },
)


def build(observer: Any) -> Recording:
    """Freeze an observation."""
    return recorder.build(observer, _words)


def _words(models: Sequence[Model]) -> Words:
    keras = any(parts.is_layer_class(model.kind) for model in models)
    versions = {"torch": str(torch.__version__), **(keras3.versions() if keras else {})}
    return Words(keras3.dialect() if keras else DIALECT, versions)
