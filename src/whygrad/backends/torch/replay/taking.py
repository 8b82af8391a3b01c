"""The gradients of leaves in a run: taken as they come, summed up as the person's loop has it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from whygrad.backends.torch.adopt import is_leaf


class Taken:
    """Values whose tensor is the same share a gradient; only wanted ones are kept."""

    def __init__(self, wanted: frozenset[int]) -> None:
        self.wanted = wanted
        self.tensors: dict[int, Any] = {}
        """Every leaf, and what else is wanted, by value."""
        self._sums: dict[int, Any] = {}
        self._final: dict[int, Any] = {}
        self._watched: set[int] = set()
        self._keys: set[int] = set()

    def clear(self) -> None:
        """Let go of every tensor."""
        self.tensors.clear()
        self._sums.clear()
        self._final.clear()

    def see(self, value: int, tensor: Any) -> None:
        """A value has come to be. Its gradient is taken if it is a leaf, or wanted."""
        if value in self.wanted:
            self._keys.add(id(tensor))
        if is_leaf(tensor):
            if tensor.requires_grad or value in self.wanted:
                self.tensors[value] = tensor
            if tensor.requires_grad and id(tensor) not in self._watched:
                self._watched.add(id(tensor))
                tensor.register_post_accumulate_grad_hook(self._accumulated)
        elif value in self.wanted and tensor.requires_grad:
            self.tensors[value] = tensor
            self._watched.add(id(tensor))
            key = id(tensor)
            tensor.register_hook(lambda gradient: self._add(key, gradient))

    def _accumulated(self, tensor: Any) -> None:
        gradient = tensor.grad
        tensor.grad = None
        if id(tensor) in self._keys and gradient is not None:
            self._add(id(tensor), gradient.detach())

    def _add(self, key: int, gradient: Any) -> None:
        with torch.no_grad():
            before = self._sums.get(key)
            gradient = gradient.detach()
            self._sums[key] = gradient if before is None else before + gradient

    def cleared(self, values: frozenset[int]) -> None:
        """The person's loop cleared the gradients of these leaves."""
        for value in values:
            tensor = self.tensors.get(value)
            if tensor is not None:
                self._sums.pop(id(tensor), None)

    def measured(self, values: frozenset[int]) -> None:
        """Their gradients were looked at here; the first that there was counts."""
        for value in values:
            tensor = self.tensors.get(value)
            if tensor is not None and id(tensor) in self._sums:
                self._final.setdefault(id(tensor), self._sums[id(tensor)])

    def others(self) -> Mapping[int, Any]:
        """What is wanted, by value, without its history."""
        return {v: t.detach() for v, t in self.tensors.items() if v in self.wanted}

    def result(self) -> Mapping[int, Any]:
        """By wanted value."""
        found: dict[int, Any] = {}
        for value in self.wanted:
            tensor = self.tensors.get(value)
            key = None if tensor is None else id(tensor)
            found[value] = None if key is None else self._final.get(key, self._sums.get(key))
        return found
