"""Looks at the gradients on the measured edges while a step is run again."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import torch

from whygrad.backends.torch.probing.numbers import entries, read_sizes, size
from whygrad.backends.torch.probing.ways import TOGETHER
from whygrad.backends.torch.replay.instrument import Instrument
from whygrad.flow.graph import FlowGraph
from whygrad.flow.measuring.rounding import SAMPLE
from whygrad.flow.measuring.sizes import Size
from whygrad.flow.measuring.ways import Operand, Spot, Ways


class Gauge(Instrument):
    """Puts a hook on every measured value, and on operands whose source is read elsewhere too.

    Of each gradient only what `look` makes of it is kept, never the gradient itself.
    """

    def __init__(self, graph: FlowGraph, ways: Ways, look: Callable[[Spot, Any], None]) -> None:
        self.graph = graph
        self.ways = ways
        self.look = look
        self.hooked_on: set[Spot] = set()
        self.deaf: set[Operand] = set()
        """Operands that asked for no gradient when they were read."""
        self._same: dict[int, Any] = {}
        """Operands of the call that is about to run, by their source, where they must stay one."""

    def leaf(self, value: int, tensor: Any) -> Any:
        self._hook(value, tensor)
        return tensor

    def made(self, record: int, value: int, tensor: Any) -> Any:
        self._same.clear()
        self._hook(value, tensor)
        return tensor

    def operand(self, record: int, position: int, source: int, tensor: Any) -> Any:
        spot = (record, position)
        if source in self._same:
            return self._same[source]
        if not tensor.requires_grad:
            self.deaf.add(spot)
            return tensor
        if spot not in self.ways.apart:
            return tensor
        view = tensor.view_as(tensor)
        if self.graph.ops[record].name in TOGETHER:
            self._same[source] = view
        view.register_hook(partial(self._seen, spot))
        self.hooked_on.add(spot)
        return view

    def _hook(self, value: int, tensor: Any) -> None:
        if value in self.ways.values and tensor.requires_grad and not _rewritten(tensor):
            tensor.register_hook(partial(self._seen, value))
            self.hooked_on.add(value)

    def _seen(self, spot: Spot, gradient: Any) -> None:
        if gradient is not None:
            with torch.no_grad():
                self.look(spot, gradient)


def _rewritten(tensor: Any) -> bool:
    """A view that was written on: a hook there ended the process (torch 2.13; a Longformer).

    A view of what an op wrote on as it made it (`linear` adds its bias in place) is none: torch
    gives only the written a new node when it is asked for one, and no view function has its name.
    """
    if not tensor._is_view() or tensor._version == 0:
        return False
    return type(tensor.grad_fn).__name__ in ("AsStridedBackward0", "CopySlices")


class Sizes:
    """What a first run keeps of every gradient: its size, and a sample of its entries."""

    def __init__(self) -> None:
        self.found: dict[Spot, list[Any]] = {}
        self.samples: dict[Spot, list[Any]] = {}
        self.coarsest = 0.0
        """Of the dtypes of gradients, the largest distance between neighbouring numbers."""

    def look(self, spot: Spot, gradient: Any) -> None:
        """A gradient came."""
        if gradient.is_floating_point():
            self.coarsest = max(self.coarsest, torch.finfo(gradient.dtype).eps)
        self.found.setdefault(spot, []).append(size(gradient))
        self.samples.setdefault(spot, []).append(sample(gradient))

    def read(self) -> dict[Spot, Size]:
        """Wait for the device, once."""
        return read_sizes(self.found)


def sample(gradient: Any) -> Any:
    """A copy of an even sample: a view would keep the whole gradient alive."""
    flat = entries(gradient).reshape(-1)
    return flat[:: max(1, flat.numel() // SAMPLE)].clone()
