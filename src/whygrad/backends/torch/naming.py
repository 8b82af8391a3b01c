"""What the person calls their models, optimizers and loose tensors."""

from __future__ import annotations

from typing import Any

import torch

from whygrad.backends.shared import naming
from whygrad.backends.torch.classes import Classes

_NAMED = (torch.nn.Module, torch.optim.Optimizer, torch.Tensor)


class Names(naming.Names):
    """Names of what torch knows."""

    def __init__(self, classes: Classes) -> None:
        super().__init__(classes, _named)


def _named(value: Any) -> bool:
    return isinstance(value, _NAMED)
