"""Which models are in the run, what they hold now, and what they held before."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator, Sequence
from typing import Any

from whygrad.backends.keras.inventory.assignments import Assignments
from whygrad.backends.keras.inventory.describing import Describer
from whygrad.backends.keras.inventory.modules import is_container, is_module, tracked_modules
from whygrad.backends.keras.inventory.things import is_tensor, is_variable, key_of, own_name
from whygrad.backends.keras.inventory.walking import take
from whygrad.backends.shared.classes import Classes
from whygrad.backends.shared.models import Modelled, also
from whygrad.backends.shared.naming import Names
from whygrad.backends.shared.slot import Model, Slot
from whygrad.backends.shared.walking import Entry, Root
from whygrad.flow.tags import OVERWRITTEN_BY_TENSOR
from whygrad.flow.variable import Home

_PLAIN = (Home.PLAIN_ATTRIBUTE, Home.PLAIN_CONTAINER, Home.HELPER_OBJECT)


def living() -> list[weakref.ref[Any]]:
    """The modules that were made before anybody looked: in a notebook or a `watch` block, all."""
    return [weakref.ref(each) for each in gc.get_objects() if is_module(each)]


class Models(Modelled):
    """Those of Keras and TensorFlow."""

    def __init__(
        self, assignments: Assignments, classes: Classes, names: Names, describer: Describer
    ) -> None:
        super().__init__(assignments, classes, names, describer)
        self.narrowed = False
        """Only what was given counts."""
        self.earlier: dict[int, list[tuple[str, str]]] = {}
        """Variables that models held at some time, by key: the model's class, and the name."""

    def _take(self) -> Sequence[Root]:
        return take(self._roots(), self._classes, self._assignments.once_variable)

    def _identity(self, thing: Any) -> int:
        return key_of(thing) or 0

    def _seen(self, slot: Slot, thing: Any, primary: dict[int, Slot]) -> None:
        """A variable is what it is, whatever else there is."""

    def rename(self) -> None:
        """Names may become known after the walk: those of a script are at module level."""
        for model in self.all:
            module = model.ref()
            if module is not None:
                # `model = clone_model(model)`: the name is the clone's, and the first one lives on.
                lost = self._names.lost(module)
                model.name = None if lost else self._names.of(module) or model.name

    def _roots(self) -> list[Any]:
        if self.narrowed:
            return [module for _, ref in self.given if (module := ref()) is not None]
        # A layer that a call made for itself alone is no model: its weights are found by their ops.
        modules = [m for m in self._living() if not self._assignments.made_in_call(m)]
        below = {id(m): list(self._below(m)) for m in modules}
        inside = {id(child) for children in below.values() for child in children}
        # The functional model that a `Sequential` builds for itself.
        inside |= {id(getattr(m, "_functional", None)) for m in modules}
        # What a call makes for itself is no model, and what it keeps hangs on one.
        roots = [m for m in modules if id(m) not in inside and not self._assignments.passing(m)]
        reached: set[int] = set()
        for module in (*roots, *modules):
            if id(module) in reached or self._assignments.passing(module):
                continue
            if id(module) in inside:
                roots.append(module)  # modules that hold one another
            todo = [module]
            for each in todo:
                if id(each) not in reached:
                    reached.add(id(each))
                    todo += below.get(id(each), ())
        return roots

    def _below(self, module: Any) -> Iterator[Any]:
        """The modules that are told of as its parts. Of a model that is put together of others, a
        part that the script has a name for is a model of its own.
        """
        together = is_container(module)
        for part in tracked_modules(module):
            own = together and is_container(part.held) and self._names.of(part.held)
            if not own:
                yield part.held

    def _see(
        self, model: Model, root: Root, entry: Entry, step: int, primary: dict[int, Slot]
    ) -> None:
        key = key_of(entry.thing) or 0
        first = primary.get(key)
        if first is not None:
            also(first, f"{model.number}:{entry.name}")
            return
        slot = self.slots.get((model.number, entry.name))
        in_call, always = self._assigned_in_call(entry)
        if slot is None:
            was = self._assignments.once_variable(entry.node.held, entry.key)
            if entry.home in _PLAIN and in_call and not was and not is_variable(entry.thing):
                return  # something that the model's call leaves on it, such as attention weights
            slot = self.slots[model.number, entry.name] = Slot(
                model.number, entry.name, "", entry.home
            )
        self._update(slot, entry, key, in_call)
        primary[key] = slot
        self._members.append((slot, weakref.ref(entry.thing)))
        if entry.home is Home.REGISTERED:
            known = self.earlier.setdefault(key, [])
            if (model.kind.__qualname__, entry.name) not in known:
                known.append((model.kind.__qualname__, entry.name))
        if always:
            slot.created_in.add(step)

    def _update(self, slot: Slot, entry: Entry, key: int, in_call: bool) -> None:
        own = own_name(entry.thing)
        if own is not None and own != entry.name:
            also(slot, f"-1:{own}")
        if slot.identity == key and slot.home is entry.home and slot.owner:
            if not slot.replaced:
                self._describer.replaced(slot, entry)
            self._describer.flags(slot, entry)
            return
        was_variable = slot.owner and slot.parameter
        if self._assignments.once_variable(entry.node.held, entry.key) or (
            was_variable and is_tensor(entry.thing)
        ):
            slot.tags.add(OVERWRITTEN_BY_TENSOR)
        if slot.owner and in_call and is_tensor(entry.thing) and not was_variable:
            # A state that every call writes anew: what it began as tells more.
            self._describer.replaced(slot, entry)
        else:
            self._describer.describe(slot, entry)
        slot.identity = key
