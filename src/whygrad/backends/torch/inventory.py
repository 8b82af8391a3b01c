"""What modules of PyTorch hold, as `shared.walking` asks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import nn
from torch.nn.parameter import is_lazy
from torch.utils.data import DataLoader, Dataset

from whygrad.backends.keras import parts, updating
from whygrad.backends.shared.walking import Asked, Entry, Node, Root, Walk, join
from whygrad.backends.torch import keras3
from whygrad.backends.torch.classes import Classes, wrapped_name
from whygrad.flow.variable import Home

_INTERNAL = frozenset(vars(nn.Module())) | {"_is_hf_initialized", "_forward_module"}
_ENGINE = (torch.optim.Optimizer, torch.optim.lr_scheduler.LRScheduler, Dataset, DataLoader)
_COMPUTED = ("_orig", "_v", "_g")
"""Weight norm, spectral norm and pruning compute `weight` anew from `weight_v`, `weight_orig`."""


def take(roots: Sequence[nn.Module], classes: Classes, once_parameter: Asked) -> list[Root]:
    """Walk every model."""
    return _Walk(classes, once_parameter).take(roots)


class _Walk(Walk):
    def is_value(self, value: Any) -> bool:
        return isinstance(value, torch.Tensor)

    def is_module(self, value: Any) -> bool:
        return isinstance(value, nn.Module)

    def is_engine(self, value: Any) -> bool:
        return isinstance(value, _ENGINE) or parts.is_metric(value) or updating.is_optimizer(value)

    def internal(self, module: Any) -> frozenset[str] | None:
        """What Keras' own layers keep beside their variables is no business of the person's."""
        if not parts.is_layer(module):
            return _INTERNAL
        return _INTERNAL | parts.INTERNAL if self.classes.is_person(type(module)) else None

    def listed(self, nodes: list[Node], entries: list[Entry], seen: set[int]) -> None:
        """All submodules, parameters and float buffers."""
        for node in nodes:
            entries += _own_tensors(node)
            for key, name, child in children(node.held):
                if id(child) not in seen:
                    seen.add(id(child))
                    full = join(node.name, name) if name else node.name
                    nodes.append(Node(child, node, key, full, node.home, node.depth))

    def mark(self, thing: Any) -> int:
        return id(thing)

    def meant(self, thing: Any, node: Node, key: str) -> bool:
        if is_lazy(thing):
            return False
        if isinstance(node.held, nn.Module):
            own = node.held._parameters
            if any(key + ending in own for ending in _COMPUTED):
                return False
            if not self.classes.is_person(type(node.held)):
                if self.once_variable(node.held, key):
                    return True
                return bool(thing.requires_grad and thing.is_leaf)
        return True

    def _met(self, root: Root, entry: Entry) -> None:
        held = entry.node.held
        own = held._parameters if isinstance(held, nn.Module) else {}
        if entry.key in own and own[entry.key] is not None:  # torch.jit's dict has no `get`
            root.shadowed.add(entry.name)
        else:
            super()._met(root, entry)

    def _member(self, key: str, value: Any, home: Home) -> Iterator[tuple[str, Any, Home]]:
        if parts.is_variable(value):
            if isinstance(value._value, torch.Tensor):
                yield key, value._value, home
        else:
            yield from super()._member(key, value, home)


def children(module: nn.Module) -> Iterator[tuple[str, str, nn.Module]]:
    """The submodules: attribute, name (empty where it is transparent), module."""
    if parts.is_layer(module):
        yield from keras3.layers_of(module)
        return
    for key, child in module._modules.items():
        if child is not None:
            yield key, "" if wrapped_name(type(module), key) else key, child


def _own_tensors(node: Node) -> Iterator[Entry]:
    module = node.held
    if parts.is_layer(module):
        yield from _keras_tensors(node)
        return
    for key, tensor in module._parameters.items():
        if tensor is not None and not is_lazy(tensor):
            yield Entry(join(node.name, key), key, tensor, node.home, node)
    home = Home.BUFFER if node.home is Home.REGISTERED else node.home
    for key, tensor in module._buffers.items():
        if isinstance(tensor, torch.Tensor) and tensor.is_floating_point():
            yield Entry(join(node.name, key), key, tensor, home, node)


def _keras_tensors(node: Node) -> Iterator[Entry]:
    for key, name, tensor, home in keras3.tensors_of(node.held):
        own = home if node.home is Home.REGISTERED else node.home
        yield Entry(join(node.name, name), key, tensor, own, node)
