"""Which models are in the run, what they hold now, and what they held before."""

from __future__ import annotations

import weakref
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import Any

from whygrad.backends.shared.slot import Model, Slot
from whygrad.backends.shared.walking import Entry, Root
from whygrad.flow.variable import Home


class Modelled(ABC):
    """Keeps slots for ever and objects not at all. What is a variable, the framework says."""

    def __init__(self, assignments: Any, classes: Any, names: Any, describer: Any) -> None:
        self.all: list[Model] = []
        self.slots: dict[tuple[int, str], Slot] = {}
        self.given: tuple[tuple[str, weakref.ref[Any]], ...] = ()
        self.before: list[weakref.ref[Any]] = []
        """Those that were made before anybody looked."""
        self.walks = 0
        self._assignments = assignments
        self._classes = classes
        self._names = names
        self._describer = describer
        self._known: dict[int, Model] = {}
        self._members: list[tuple[Slot, weakref.ref[Any]]] = []

    def members(self) -> Iterator[tuple[Slot, Any]]:
        """Every variable that the last walk found and that still lives."""
        for slot, ref in self._members:
            thing = ref()
            if thing is not None:
                yield slot, thing

    def alive(self) -> list[Any]:
        """The models that still live."""
        return [module for model in self.all if (module := model.ref()) is not None]

    @abstractmethod
    def _take(self) -> Sequence[Root]:
        """Walk them all."""

    @abstractmethod
    def _see(
        self, model: Model, root: Root, entry: Entry, step: int, primary: dict[int, Slot]
    ) -> None:
        """Take one entry in."""

    @abstractmethod
    def _identity(self, thing: Any) -> int:
        """A number by which another variable under the same name can be told from the first."""

    def _own(self, module: Any) -> Any:
        """The person's own module inside of it."""
        return module

    def walk(self, step: int) -> None:
        """Take the inventory again."""
        self._assignments.dirty = False
        self.walks += 1
        found = self._take()
        self._members = []
        primary: dict[int, Slot] = {}
        for root in found:
            model = self._model(root.module)
            for entry in root.entries:
                self._see(model, root, entry, step, primary)
            for slot in self.slots.values():
                if slot.model == model.number:
                    slot.gone = True
        for slot, ref in self._members:
            slot.gone = False
            self._seen(slot, ref(), primary)

    @abstractmethod
    def _seen(self, slot: Slot, thing: Any, primary: dict[int, Slot]) -> None:
        """All of them were taken in."""

    def _living(self) -> list[Any]:
        """The modules that were made before anybody looked, and since."""
        before = [module for ref in self.before if (module := ref()) is not None]
        seen = {id(module) for module in before}
        return before + [m for m in self._assignments.modules() if id(m) not in seen]

    def _model(self, module: Any) -> Model:
        known = self._known.get(id(module))
        if known is None or known.ref() is not module:
            own = self._own(module)
            known = Model(weakref.ref(module), len(self.all), type(own))
            known.made = self._assignments.first_place(own)
            self.all.append(known)
            self._known[id(module)] = known
        for name, ref in self.given:
            if ref() is module:
                known.given = name
        named = self._names.of(self._own(module)) or self._names.of(module)
        known.name = named or known.name
        return known

    def _assigned_in_call(self, entry: Entry) -> tuple[bool, bool]:
        """Whether a call put it there, and whether nobody else had put anything there before."""
        for node, key in [(entry.node, entry.key), *((n.parent, n.key) for n in entry.node.up())]:
            if node is None:
                continue
            given = self._assignments.of(node.held, key)
            if given and given[-1].in_call:
                return True, given[0].in_call
        return False, False

    def loose(self, name: str, thing: Any) -> Slot:
        """A slot for a variable that no model holds."""
        slot = self.slots.get((-1, name))
        if slot is None:
            slot = self.slots[(-1, name)] = Slot(-1, name, type(thing).__name__, Home.LOOSE)
        identity = self._identity(thing)
        if slot.identity != identity:
            self._describer.loose(slot, thing)
            slot.identity = identity
        return slot


def also(slot: Slot, alias: str) -> None:
    """The variable has another name too."""
    if alias not in slot.aliases:
        slot.aliases.append(alias)
