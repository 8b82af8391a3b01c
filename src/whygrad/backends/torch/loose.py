"""Tensors that no model holds and gradient reaches all the same, and movement without a step."""

from __future__ import annotations

import weakref
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import torch

from whygrad.backends.shared.slot import Slot
from whygrad.backends.torch.assignments import Assignments, Born
from whygrad.backends.torch.current import Current, Row
from whygrad.backends.torch.gradients import Before, before_step, quiet
from whygrad.backends.torch.leaves import leaves_of
from whygrad.backends.torch.models import Models
from whygrad.backends.torch.naming import Names
from whygrad.backends.torch.optimizers import Optimizers, parameters_of
from whygrad.backends.torch.places import Places
from whygrad.flow.tags import ASKED_FOR

LOOKED_AT = 2
"""In so many first steps the graph is searched for leaves that nobody listed."""


class Loose:
    """Leaves of the autograd graph, parameters made inside forward, what only optimizers hold."""

    def __init__(self, models: Models, names: Names, assignments: Assignments, flow: Any) -> None:
        self._models = models
        self._names = names
        self._assignments = assignments
        self._flow = flow
        self._places = Places(assignments.callsites)
        self._tracked: dict[int, tuple[weakref.ref[Any], Slot]] = {}
        self._anew = False
        """Forward was seen to make leaves of its own; it will make them again."""
        self._waiting: tuple[int, list[Row], Before, list[int]] | None = None

    def forget(self) -> None:
        """Let go of every tensor."""
        self._tracked.clear()
        self._waiting = None

    def look(self, roots: Iterable[Any], current: Current) -> None:
        """Find leaves of this backward that no model holds, and follow those already found."""
        for ref, slot in list(self._tracked.values()):
            tensor = ref()
            if tensor is not None:
                current.take([(slot, tensor)])
        if current.step >= LOOKED_AT and not self._assignments.born and not self._anew:
            return
        born = {id(t): b for b in self._assignments.born if (t := b.tensor()) is not None}
        # `nn.Parameter(x) * 0.02` leaves an orphan behind; its story is told by the product.
        orphans = {
            id(leaf)
            for row in list(current.rows.values())
            if not row.tensor.is_leaf
            for leaf in leaves_of([row.tensor])
        }
        for leaf in leaves_of(roots):
            if id(leaf) not in current.rows and id(leaf) not in orphans:
                self._take(leaf, born.get(id(leaf)), current)
        self._assignments.born.clear()

    def _take(self, leaf: Any, born: Born | None, current: Current) -> None:
        made = self._flow.made(leaf)
        place = made.place if made is not None else None
        in_forward = born is not None
        if born is not None:
            place = self._places.expression(born.place)
            target = self._places.target(place) or "layer"
            name: str | None = f"{target}.{born.name}"
        else:
            # Of what a library made on its own account, the person's line names something else.
            own = place is not None and place.library is None
            name = self._names.of(leaf) or (self._places.target(place) if own else None)
            function = (place.function or "") if place is not None else ""
            in_forward = function.rpartition(".")[2] == "forward"
        if name is None:
            return
        slot = self._models.loose(name, leaf)
        slot.made_seen = place or slot.made_seen
        if in_forward:
            slot.created_in.add(current.step)
            self._anew = True
        else:
            self._tracked[id(leaf)] = (weakref.ref(leaf), slot)
        current.take([(slot, leaf)])

    def asked_for(self, inputs: Iterable[Any]) -> None:
        """Gradient is asked of these by name: `torch.autograd.grad(u, inputs)`."""
        for tensor in inputs:
            ref, slot = self._tracked.get(id(tensor), (None, None))
            if ref is not None and slot is not None and ref() is tensor:
                slot.tags.add(ASKED_FOR)

    def held(self, optimizers: Optimizers, current: Current) -> None:
        """What an optimizer holds and no model has, nor ever had, is a variable too."""
        for held, optimizer in optimizers.alive():
            for index, tensor in enumerate(parameters_of(optimizer)):
                if id(tensor) in current.rows or not isinstance(tensor, torch.Tensor):
                    continue
                earlier = self._models.earlier.get(id(tensor), ())
                if any(ref() is tensor for ref, _, _ in earlier):
                    continue
                made = self._flow.made(tensor)
                name = self._names.of(tensor)
                if name is None and made is not None:
                    name = self._places.target(made.place)
                slot = self._models.loose(
                    name or f"{held.name or held.class_name.lower()}.param.{index}", tensor
                )
                self._tracked[id(tensor)] = (weakref.ref(tensor), slot)
                current.take([(slot, tensor)])

    # -- movement of what no optimizer holds

    def wait(self, current: Current, optimizers: Optimizers) -> None:
        """Remember the values of those that no optimizer updates, at a step's first backward."""
        held = {id(p) for _, o in optimizers.alive() for p in parameters_of(o)}
        rows = [row for key, row in current.rows.items() if key not in held]
        if not rows:
            return
        with quiet():
            before = before_step([r.tensor for r in rows], [False] * len(rows))
        self._waiting = (current.step, rows, before, [_version(r.tensor) for r in rows])

    def settle(self, *, final: bool = False) -> None:
        """At the next step's first backward: see who moved meanwhile, whoever did it.

        At the very end an update by hand may be still to come: then only movement is a fact.
        """
        if self._waiting is None:
            return
        step, rows, before, versions = self._waiting
        self._waiting = None
        with quiet():
            found = before.compare()
        for row, moved, version in zip(rows, found, versions, strict=True):
            seen = row.slot.steps.get(step)
            result = moved.moved
            if result is None and version == _version(row.tensor) >= 0:
                result = False
            if seen is None or seen.moved is not None or (final and not result):
                continue
            row.slot.steps[step] = replace(seen, moved=result, update_norm=moved.by)


def _version(tensor: Any) -> int:
    return -1 if tensor.is_inference() else int(tensor._version)
