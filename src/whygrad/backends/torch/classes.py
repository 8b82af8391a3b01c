"""Whose a class is: the person's or an installed package's, and where its source stands."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from whygrad.backends.keras import parts
from whygrad.backends.shared import classes as shared

CONTAINERS: tuple[type, ...] = (
    nn.Sequential,
    nn.ModuleList,
    nn.ModuleDict,
    nn.ParameterList,
    nn.ParameterDict,
)
"""What torch offers to hold members in; whoever fills one is the maker of the members."""

_WRAPPERS: dict[str, frozenset[str]] = {
    "DataParallel": frozenset({"module"}),
    "DistributedDataParallel": frozenset({"module"}),
    "OptimizedModule": frozenset({"_orig_mod"}),
    "FullyShardedDataParallel": frozenset({"_fsdp_wrapped_module"}),
    "CheckpointWrapper": frozenset({"_checkpoint_wrapped_module"}),
    "AveragedModel": frozenset({"module"}),
}


def wrapped_name(kind: type, key: str) -> bool:
    """Whether `key` is the name under which a torch wrapper keeps the person's module."""
    module = kind.__module__.partition(".")[0]
    return module == "torch" and key in _WRAPPERS.get(kind.__name__, ())


class Classes(shared.Classes):
    """Torch's own layers are the framework's."""

    frameworks = ("torch", "keras")

    def is_torch(self, kind: type) -> bool:
        """Whether the class is torch's own layer, or one of Keras."""
        return self.is_frameworks(kind)


def is_container(held: Any) -> bool:
    """Whether it only holds members for whoever filled it."""
    return isinstance(held, CONTAINERS) or parts.is_container(type(held))


def parameterless(module: torch.nn.Module) -> bool:
    """Whether a module holds no tensor at all by itself, like an activation."""
    return not module._parameters and not module._buffers
