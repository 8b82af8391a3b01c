"""Which models are in the run, what they hold now, and what they held before."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from torch import nn

from whygrad.backends.shared.models import Modelled, also
from whygrad.backends.shared.slot import Model, Slot
from whygrad.backends.shared.walking import Entry, Root
from whygrad.backends.torch import keras3
from whygrad.backends.torch.assignments import Assignments
from whygrad.backends.torch.classes import Classes, wrapped_name
from whygrad.backends.torch.inventory import children, take
from whygrad.backends.torch.leaves import leaves_of
from whygrad.backends.torch.naming import Names
from whygrad.backends.torch.slots import Describer, Identities
from whygrad.flow.tags import OVERWRITTEN_BY_TENSOR
from whygrad.flow.variable import Home

_PLAIN = (Home.PLAIN_ATTRIBUTE, Home.PLAIN_CONTAINER, Home.HELPER_OBJECT)


def living() -> list[weakref.ref[nn.Module]]:
    """The modules that were made before anybody looked: in a notebook or a `watch` block, all."""
    # `type(...)`, since `isinstance` would wake the proxies that other libraries leave about.
    return [weakref.ref(o) for o in gc.get_objects() if issubclass(type(o), nn.Module)]


class Models(Modelled):
    """Those of PyTorch."""

    def __init__(
        self, assignments: Assignments, classes: Classes, names: Names, describer: Describer
    ) -> None:
        super().__init__(assignments, classes, names, describer)
        self.identities = Identities()
        self.named: dict[int, tuple[int, str]] = {}
        """Number of the model and dotted name of every module, by its id."""
        self.earlier: dict[int, list[tuple[weakref.ref[Any], str, str]]] = {}
        """Tensors that once were variables, by id: the tensor, its model's class, its name."""

    def _take(self) -> Sequence[Root]:
        found = take(self._roots(), self._classes, self._assignments.once_parameter)
        self.named = {}
        for root in found:
            number = self._model(root.module).number
            for key, name in root.inside.items():
                self.named.setdefault(key, (number, name))
        return found

    def _identity(self, thing: Any) -> int:
        return self.identities.of(thing)

    def _own(self, module: Any) -> Any:
        return unwrapped(module)

    def _seen(self, slot: Slot, thing: Any, primary: dict[int, Slot]) -> None:
        """Whether what a non-leaf was computed from is a leaf that no model holds."""
        if slot.origin is not None and not thing.is_leaf:
            orphan = any(id(leaf) not in primary for leaf in leaves_of([thing]))
            slot.origin = replace(slot.origin, orphan_parameter=orphan)

    def _roots(self) -> list[nn.Module]:
        if self.given:
            return [module for _, ref in self.given if (module := ref()) is not None]
        modules = self._living()
        inside = {id(child) for m in modules for _, _, child in children(m)}
        inside |= {id(book) for m in modules for book in keras3.books_of(m)}
        return [m for m in modules if id(m) not in inside]

    def _see(
        self, model: Model, root: Root, entry: Entry, step: int, primary: dict[int, Slot]
    ) -> None:
        first = primary.get(id(entry.thing))
        if first is not None:
            also(first, f"{model.number}:{entry.name}")
            return
        key = (model.number, entry.name)
        slot = self.slots.get(key)
        in_call, always = self._assigned_in_call(entry)
        if slot is None:
            if entry.home in _PLAIN and in_call and not _leaf_variable(entry.thing):
                return  # something that forward leaves on the module, such as attention weights
            slot = self.slots[key] = Slot(model.number, entry.name, "", entry.home)
        self._update(slot, root, entry, in_call)
        primary[id(entry.thing)] = slot
        self._members.append((slot, weakref.ref(entry.thing)))
        if entry.home is Home.REGISTERED:
            self._remember(entry, model.kind.__qualname__)
        if always:
            slot.created_in.add(step)

    def _remember(self, entry: Entry, kind: str) -> None:
        known = self.earlier.setdefault(id(entry.thing), [])
        known[:] = [each for each in known if each[0]() is entry.thing]
        if not any(name == entry.name for _, _, name in known):
            known.append((weakref.ref(entry.thing), kind, entry.name))

    def _update(self, slot: Slot, root: Root, entry: Entry, in_call: bool) -> None:
        identity = self.identities.of(entry.thing)
        if entry.name in root.shadowed:
            slot.tags.add(OVERWRITTEN_BY_TENSOR)
        if slot.identity == identity and slot.home is entry.home and slot.owner:
            if not slot.replaced:
                self._describer.replaced(slot, entry)
            slot.trainable = bool(entry.thing.requires_grad)
            return
        module = entry.node.held
        was_variable = slot.owner and (slot.home is Home.REGISTERED or slot.trainable)
        once = self._assignments.once_parameter(module, entry.key)
        by_tensor = was_variable and not isinstance(entry.thing, nn.Parameter)
        if once or (by_tensor and (not entry.thing.is_leaf or slot.home is Home.REGISTERED)):
            slot.tags.add(OVERWRITTEN_BY_TENSOR)
        if slot.owner and in_call and not entry.thing.is_leaf:
            # A state that forward writes anew: what it began as tells more than what it is now.
            self._describer.replaced(slot, entry)
        else:
            self._describer.describe(slot, entry)
        slot.identity = identity


def _leaf_variable(tensor: Any) -> bool:
    return bool(tensor.is_leaf and tensor.requires_grad)


def unwrapped(module: nn.Module) -> nn.Module:
    """The person's own module inside DataParallel, a compiled module and the like."""
    while True:
        inner = [
            child
            for key, child in module._modules.items()
            if child is not None and wrapped_name(type(module), key)
        ]
        if not inner:
            return module
        module = inner[0]
