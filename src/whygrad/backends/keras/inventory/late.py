"""Flags that are set when nobody reads them any more. Keras 3 reads `trainable` when the function
that trains a model is first built and traced (not at `compile`), and so does any `tf.function`.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from whygrad.backends.keras.inventory.assignments import Assignments
from whygrad.backends.keras.inventory.current import Row
from whygrad.backends.keras.inventory.things import key_of
from whygrad.backends.shared.slot import Model, Slot
from whygrad.flow.tags import FLAG_TOO_LATE


@dataclass(slots=True)
class _Trained:
    """When a model was compiled, and when the function that trains it was built."""

    model: weakref.ref[Any]
    compiled: list[int] = field(default_factory=list)
    built: list[int] = field(default_factory=list)


class LateFlags:
    """Compares moments."""

    def __init__(self, assignments: Assignments) -> None:
        self._assignments = assignments
        self._trained: dict[int, _Trained] = {}
        self._lists: dict[tuple[int, ...], int] = {}
        """When a list of variables was first asked for in a traced function, by its keys."""

    def compiled(self, model: Any) -> None:
        """A model of Keras was compiled."""
        self._of(model).compiled.append(self._assignments.now())

    def built(self, model: Any) -> None:
        """The function that trains it was built anew."""
        self._of(model).built.append(self._assignments.now())

    def _of(self, model: Any) -> _Trained:
        known = self._trained.get(id(model))
        if known is None or known.model() is not model:
            known = self._trained[id(model)] = _Trained(weakref.ref(model))
        return known

    def asked(self, sources: Sequence[Any], rows: Iterable[Row]) -> None:
        """A traced function asks for these variables, as it did when it was traced."""
        keys = tuple(key or 0 for key in map(key_of, sources))
        first = self._lists.setdefault(keys, self._assignments.now())
        listed = set(keys)
        rows = list(rows)
        models = {row.slot.model for row in rows if key_of(row.thing) in listed}
        for row in rows:
            slot = row.slot
            late = slot.trainable and slot.flagged > first and slot.model in models
            if late and key_of(row.thing) not in listed:
                slot.tags.add(FLAG_TOO_LATE)
                slot.frozen = slot.flagged_at

    def judge(self, models: Sequence[Model], slots: Iterable[Slot]) -> None:
        """Compiled to be trained by itself, then frozen for the sake of another model."""
        accidents: dict[int, Callable[[int], bool]] = {}
        for model in models:
            module = model.ref()
            known = None if module is None else self._trained.get(id(module))
            if known is not None and known.compiled and known.built:
                accidents[model.number] = self._between(known)
        for slot in slots:
            late = accidents.get(slot.model)
            if late is not None and not slot.trainable and slot.frozen and late(slot.flagged):
                slot.tags.add(FLAG_TOO_LATE)

    def _between(self, known: _Trained) -> Callable[[int], bool]:
        others = [m for each in self._trained.values() if each is not known for m in each.compiled]

        def is_late(flagged: int) -> bool:
            after = known.built[0] > flagged and any(other > flagged for other in others)
            return max(known.compiled, default=0) < flagged and after

        return is_late
