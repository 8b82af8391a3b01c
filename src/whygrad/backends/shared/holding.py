"""Who is held by whom at the end of a step, and which optimizer holds what no model has."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Any

from whygrad.backends.shared.slot import Slot


class Holding(ABC):
    """Worked out anew only when an optimizer or the inventory has changed."""

    def __init__(self, models: Any, optimizers: Any, loose: Any) -> None:
        self._models = models
        self._optimizers = optimizers
        self._loose = loose
        self._seen: tuple[int, int] | None = None
        self._stale_names: set[tuple[str, str]] = set()

    @abstractmethod
    def _things(self, held: Any, optimizer: Any) -> Iterable[tuple[int, Any]]:
        """Key and variable of all that an optimizer holds."""

    @abstractmethod
    def _earlier(self, key: int, thing: Any) -> Iterable[tuple[str, str]]:
        """Class of a model and name, under which it was a variable once."""

    def settle(self, current: Any) -> None:
        """Write holders into the slots, and mark the rows of names that are held stale."""
        self._optimizers.read_rates()
        state = (self._optimizers.fingerprint(), self._models.walks)
        self._also(current, changed=state != self._seen)
        if state != self._seen:
            self._work_out(current)
            self._seen = state
        if self._stale_names:
            for row in current.rows.values():
                row.stale = not row.slot.holders and self._replaces_held(row.slot)
                if row.stale and not row.slot.replaced:
                    row.slot.replaced = row.slot.reassigned

    def _also(self, current: Any, *, changed: bool) -> None:
        """What optimizers hold and no model has is a variable too."""
        if changed:
            self._loose.held(self._optimizers, current)

    def _replaces_held(self, slot: Slot) -> bool:
        """Whether an optimizer holds what once had this name, or lay where it now lies."""
        if slot.model < 0:
            return False
        kind = self._models.all[slot.model].kind.__qualname__
        if (kind, slot.name) in self._stale_names:
            return True
        link = slot.replaced_name
        return link is not None and any(
            k == kind and (name == link or name.startswith(link + "."))
            for k, name in self._stale_names
        )

    def _work_out(self, current: Any) -> None:
        holders = self._optimizers.holders()
        for key, row in current.rows.items():
            row.slot.holders = holders.get(key, [])
        self._stale_names.clear()
        for held, optimizer in self._optimizers.alive():
            things = list(self._things(held, optimizer))
            held.stale = sum(self._is_stale(key, thing, current) for key, thing in things)
            for key, thing in things:
                found = current.rows.get(key)
                now = found.slot.name if found is not None else None
                for kind, name in self._earlier(key, thing):
                    if name != now:
                        self._stale_names.add((kind, name))

    def _is_stale(self, key: int, thing: Any, current: Any) -> bool:
        row = current.rows.get(key)
        return row is None or (row.slot.model < 0 and any(self._earlier(key, thing)))
