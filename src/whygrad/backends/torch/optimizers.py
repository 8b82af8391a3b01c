"""Which optimizer holds which tensor, at what rate, and how often each has stepped."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import torch

from whygrad.backends.keras import updating
from whygrad.backends.shared.slot import Held
from whygrad.backends.torch.keras3 import groups_of


class Optimizers:
    """All optimizers seen, in the order in which they were built."""

    def __init__(self) -> None:
        self.all: list[Held] = []
        self.rates = updating.Rates()
        """Of the optimizers of Keras, which have no parameter groups."""
        self._known: dict[int, Held] = {}

    def adopt(self, optimizer: Any, place: int = 0, moment: int = 0) -> Held:
        """Give what is known of an optimizer, from now on if it is new."""
        known = self._known.get(id(optimizer))
        if known is None or known.ref() is not optimizer:
            kind = type(optimizer).__name__
            known = Held(weakref.ref(optimizer), kind, len(self.all), place, moment)
            self._known[id(optimizer)] = known
            self.all.append(known)
        return known

    def knows(self, optimizer: Any) -> bool:
        """Whether this optimizer has been seen before."""
        known = self._known.get(id(optimizer))
        return known is not None and known.ref() is optimizer

    def adopt_existing(self, holding: Iterable[Any] | None = None) -> None:
        """Find optimizers that were built before observation began."""
        wanted = None if holding is None else {id(t) for t in holding}
        for candidate in gc.get_objects():
            # Not isinstance: it would ask proxies for their class.
            kind = type(candidate)
            if not issubclass(kind, torch.optim.Optimizer) and not updating.is_optimizer(candidate):
                continue
            held = {id(p) for p in parameters_of(candidate)}
            if wanted is None or held & wanted:
                self.adopt(candidate)

    def alive(self) -> Iterator[tuple[Held, Any]]:
        """Those that still exist and have parameter groups."""
        for held in self.all:
            optimizer = held.ref()
            if optimizer is not None and _made(optimizer):
                yield held, optimizer

    def expected(self) -> list[Held]:
        """Those for whose step an observed step waits."""
        return [
            h
            for h, o in self.alive()
            if not h.idle and (updating.unbuilt(o) or any(g["params"] for g in groups_of(o)))
        ]

    def counted(self) -> list[Held]:
        """Every one that was seen."""
        return self.all

    def holding(self) -> list[Held]:
        """Those that live and hold something."""
        return [h for h, o in self.alive() if any(g["params"] for g in groups_of(o))]

    def read_rates(self) -> None:
        """Note group sizes and learning rates; of a rate that changes, the highest is kept."""
        for held, optimizer in self.alive():
            groups = groups_of(optimizer)
            held.sizes = tuple(len(g["params"]) for g in groups)
            for index, group in enumerate(groups):
                if index == len(held.rates):
                    held.rates.append(None)
                rate = _rate(group) if "lr" in group else self.rates.of(optimizer)
                if rate is not None:
                    held.rates[index] = max(rate, held.rates[index] or 0.0)

    def fingerprint(self) -> int:
        """A number that changes when the optimizers hold something else."""
        held = [
            (number.number, len(g["params"]), sum(map(id, g["params"])))
            for number, o in self.alive()
            for g in groups_of(o)
        ]
        return hash(tuple(held))

    def holders(self) -> dict[int, list[tuple[Held, int]]]:
        """Who holds which tensor, and in which group, by the tensor's id."""
        found: dict[int, list[tuple[Held, int]]] = {}
        for held, optimizer in self.alive():
            for index, group in enumerate(groups_of(optimizer)):
                for tensor in group["params"]:
                    found.setdefault(id(tensor), []).append((held, index))
        return found


def parameters_of(optimizer: Any) -> Iterator[Any]:
    """Every tensor that an optimizer holds."""
    for group in groups_of(optimizer):
        yield from group["params"]


def _made(optimizer: Any) -> bool:
    """Whether its constructor has come as far as what it holds."""
    return hasattr(optimizer, "param_groups") or updating.is_optimizer(optimizer)


def _rate(group: Mapping[str, Any]) -> float | None:
    rate = group.get("lr")
    if rate is None:
        return None
    try:
        return float(rate)
    except (TypeError, ValueError):
        return None
