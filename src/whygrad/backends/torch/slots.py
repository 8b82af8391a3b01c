"""Reads the facts of a variable into its slot, and keeps nothing of it alive."""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from torch import nn

from whygrad.backends.keras import parts
from whygrad.backends.shared.describing import givings, is_late, judge_maker, links, mention
from whygrad.backends.shared.slot import Slot
from whygrad.backends.shared.walking import Entry, Node
from whygrad.backends.torch.assignments import FLAG_TYPOS, OWNER_TYPOS, Assignments
from whygrad.backends.torch.classes import Classes, is_container
from whygrad.flow.tags import FLAG_TYPO, OWNER_FLAG_TYPO
from whygrad.flow.variable import Home


class Identities:
    """Numbers tensors, so that another tensor under the same name can be told from the first."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[weakref.ref[Any], int]] = {}
        self._next = 0

    def of(self, tensor: Any) -> int:
        """The number of this very tensor object."""
        known = self._known.get(id(tensor))
        if known is None or known[0]() is not tensor:
            self._next += 1
            known = self._known[id(tensor)] = (weakref.ref(tensor), self._next)
        return known[1]


@dataclass(frozen=True, slots=True)
class Describer:
    """Reads the facts of an entry into its slot, while the objects are at hand."""

    classes: Classes
    assignments: Assignments
    flow: Any

    def describe(self, slot: Slot, entry: Entry) -> None:
        """Note everything about the tensor that now has this name."""
        slot.frozen = self._flagged(entry.node)
        self._tensor(slot, entry.thing)
        slot.home = entry.home
        slot.owner = type(entry.node.held).__name__
        self._made(slot, entry)
        self._held(slot, entry)
        judge_maker(
            slot,
            entry.node,
            self.classes,
            lambda held: isinstance(held, nn.Module),
            is_container,
            self.classes.is_torch,
        )
        self.replaced(slot, entry)
        slot.members = tuple(_members(entry.node))
        slot.ancestors = tuple(
            n.name
            for n in entry.node.up()
            if n.parent is not None and isinstance(n.held, nn.Module)
        )
        slot.mention = mention(entry, self.classes)
        self._typos(slot, entry)

    def _tensor(self, slot: Slot, tensor: Any) -> None:
        # A lazy layer's parameter has no shape before the first batch, and raises if asked.
        slot.shape = () if nn.parameter.is_lazy(tensor) else tuple(tensor.shape)
        slot.dtype = str(tensor.dtype).removeprefix("torch.")
        slot.trainable = bool(tensor.requires_grad)
        slot.leaf = bool(tensor.is_leaf)
        slot.floating = bool(tensor.is_floating_point() or tensor.is_complex())
        slot.parameter = isinstance(tensor, nn.Parameter)
        # A layer of Keras gives its flag to the variables that it makes later on.
        slot.frozen = slot.frozen or self.assignments.frozen(tensor)
        slot.hooked = self.assignments.hooked(tensor)
        slot.origin = None if slot.leaf else self.flow.origin(tensor)
        made = self.flow.made(tensor)
        if made is not None:
            slot.making, slot.made_seen = made.making, made.place

    def _flagged(self, node: Node) -> int:
        """Where `trainable = False` was set on a layer of Keras, the innermost one."""
        for each in node.up():
            if parts.is_layer(each.held):
                given = self.assignments.of(each.held, "trainable")
                if given and given[-1].value == id(False):
                    return given[-1].place
        return 0

    def loose(self, slot: Slot, tensor: Any) -> None:
        """The same for a tensor that no model holds."""
        self._tensor(slot, tensor)

    def _made(self, slot: Slot, entry: Entry) -> None:
        """The statement that puts the tensor, or the library's layer around it, in place."""
        slot.made, slot.made_by = 0, None
        for holder, key in links(entry):
            if not isinstance(holder, nn.Module):
                if slot.made_by is None and self.classes.is_person(type(holder)):
                    slot.made_by = (type(holder), key)
                break
            given = self.assignments.of(holder, key)
            if self.assignments.once_parameter(holder, key):
                slot.made = given[-1].place
                return
            if self.classes.is_person(type(holder)):
                slot.made_by = (type(holder), key)
            elif not is_container(holder):
                continue
            if given:
                slot.made = given[-1].place
                return
            if slot.made_by is not None:
                return
        own = entry.node.held
        if parts.is_layer(own):
            # It makes its variables when it is first called; the person made the layer.
            slot.made = self.assignments.first_place(own)
            return
        given = self.assignments.of(own, entry.key) if isinstance(own, nn.Module) else []
        slot.made = given[-1].place if given else 0

    def _held(self, slot: Slot, entry: Entry) -> None:
        """The statement that puts the hiding container or helper into a module."""
        slot.held, slot.held_by = 0, None
        if entry.home not in (Home.PLAIN_CONTAINER, Home.HELPER_OBJECT, Home.PLAIN_ATTRIBUTE):
            return
        for holder, key in links(entry):
            if isinstance(holder, nn.Module) and key not in holder._parameters:
                if key in holder._modules or key in holder._buffers:
                    continue
                if parts.is_layer(holder) and parts.keeps(holder, key):
                    continue
                given = self.assignments.of(holder, key)
                slot.held = given[-1].place if given else 0
                slot.held_by = (type(holder), key)
                return

    def replaced(self, slot: Slot, entry: Entry) -> None:
        """Where it, or what it sits in, was put in place of another after the run had begun."""
        for holder, key, name, given in givings(entry, self.assignments):
            late = is_late(given, self.assignments)
            if late or self.assignments.once_parameter(holder, key):
                slot.replaced, slot.replaced_name = given[-1].place, name
                return

    def _typos(self, slot: Slot, entry: Entry) -> None:
        if FLAG_TYPOS & vars(entry.thing).keys():
            slot.tags.add(FLAG_TYPO)
        for node in entry.node.up():
            if not isinstance(node.held, nn.Module):
                continue
            wrong = parts.TYPOS if parts.is_layer(node.held) else OWNER_TYPOS
            typos = wrong & vars(node.held).keys()
            if typos and not any(hasattr(type(node.held), t) for t in typos):
                slot.tags.add(OWNER_FLAG_TYPO)
                given = [a for t in typos for a in self.assignments.of(node.held, t)]
                if given and (not slot.frozen or parts.is_layer(node.held)):
                    slot.frozen = given[-1].place


def _members(node: Node) -> Iterator[tuple[str, str, str]]:
    for each in node.up():
        if each.parent is not None and isinstance(
            each.parent.held, (nn.ModuleList, nn.ModuleDict, nn.Sequential)
        ):
            yield each.parent.name, each.key, type(each.held).__name__
