"""Reads the facts of a variable into its slot, while the objects are at hand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from whygrad.backends.keras import parts, parts_2
from whygrad.backends.keras.inventory.assignments import Assignment, Assignments
from whygrad.backends.keras.inventory.modules import is_container, is_layer, is_module, keeps
from whygrad.backends.keras.inventory.things import (
    dtype_of,
    is_floating,
    is_trainable,
    is_variable,
    shape_of,
)
from whygrad.backends.shared.classes import Classes
from whygrad.backends.shared.describing import givings, is_late, judge_maker, links, mention
from whygrad.backends.shared.slot import Slot
from whygrad.backends.shared.walking import Entry, Node
from whygrad.flow.tags import OWNER_FLAG_TYPO, UNWATCHED
from whygrad.flow.variable import Home


@dataclass(frozen=True, slots=True)
class Describer:
    """What is known of modules and assignments, put together."""

    classes: Classes
    assignments: Assignments

    def describe(self, slot: Slot, entry: Entry) -> None:
        """Note everything about the variable that now has this name."""
        self._thing(slot, entry.thing)
        slot.home = entry.home
        slot.owner = type(entry.node.held).__name__
        self.flags(slot, entry)
        self._made(slot, entry)
        self._held(slot, entry)
        judge_maker(
            slot, entry.node, self.classes, is_module, is_container, self.classes.is_frameworks
        )
        self.replaced(slot, entry)
        slot.members = tuple(_members(entry.node))
        slot.ancestors = tuple(
            n.name for n in entry.node.up() if n.parent is not None and is_module(n.held)
        )
        slot.mention = mention(entry, self.classes)

    def loose(self, slot: Slot, thing: Any) -> None:
        """The same for a variable that no model holds."""
        self._thing(slot, thing)
        slot.trainable = is_trainable(thing)
        slot.made = self.assignments.made(thing)

    def _thing(self, slot: Slot, thing: Any) -> None:
        slot.shape, slot.dtype = shape_of(thing), dtype_of(thing)
        slot.floating = is_floating(thing)
        slot.parameter = is_variable(thing)
        slot.leaf, slot.origin, slot.kept_as = True, None, None

    def flags(self, slot: Slot, entry: Entry) -> None:
        """Whether it is to train, by its own flag and those of the layers around it."""
        layers = [node for node in entry.node.up() if is_layer(node.held)]
        # Keras 3 asks the layer whose list is taken, and then the variables themselves: one made
        # after a layer in between was frozen trains. Keras 2 asks every layer on the way.
        asked = [n for n in layers if not hasattr(n.held, "_trainable_variables")] + layers[-1:]
        allowed = all(self._says(node) for node in asked)
        slot.trainable = is_trainable(entry.thing) and allowed
        slot.frozen = self._flagged(layers) or self.assignments.frozen(entry.thing)
        for each in sorted(
            (a for n in layers for a in self.assignments.of(n.held, "trainable")),
            key=lambda assignment: assignment.moment,
        ):
            slot.flagged, slot.flagged_at = each.moment, each.place
            slot.froze = slot.froze if each.flag else each.place
        if UNWATCHED in slot.tags:
            slot.frozen = slot.frozen or slot.froze
        self._typos(slot, entry)

    def _says(self, node: Node) -> bool:
        """A layer's flag, as the person last set it. While Keras 2 trains, its layers carry what
        they said at `compile`.
        """
        own = bool(getattr(node.held, "_trainable", True))
        if not parts_2.is_layer(node.held):
            return own
        given = [g[-1] for n in node.up() if (g := self.assignments.of(n.held, "trainable"))]
        return max(given, key=lambda a: a.moment).flag if given else own

    def _flagged(self, layers: list[Node]) -> int:
        """Where `trainable = False` was set on a layer, the innermost one."""
        for node in layers:
            given = self.assignments.of(node.held, "trainable")
            if given and not given[-1].flag:
                return given[-1].place
        return 0

    def _made(self, slot: Slot, entry: Entry) -> None:
        """The statement that puts the variable, or the library's layer around it, in place."""
        slot.made, slot.made_by = 0, None
        for holder, key in links(entry):
            if not is_module(holder):
                if slot.made_by is None and self.classes.is_person(type(holder)):
                    slot.made_by = (type(holder), key)
                if slot.home is Home.HELPER_OBJECT or slot.made_by is not None:
                    slot.made = slot.made or self.assignments.made(entry.thing)
                    break
                continue
            given = self.assignments.of(holder, key)
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
        if is_layer(own) and not self.classes.is_person(type(own)):
            # It makes its variables when it is first called; the person made the layer.
            slot.made = self.assignments.first_place(own)
        slot.made = slot.made or self.assignments.made(entry.thing)

    def _held(self, slot: Slot, entry: Entry) -> None:
        """The statement that puts the hiding container or helper into a module."""
        slot.held, slot.held_by = 0, None
        if entry.home not in (Home.PLAIN_CONTAINER, Home.HELPER_OBJECT, Home.PLAIN_ATTRIBUTE):
            return
        for holder, key in links(entry):
            if is_module(holder) and self.classes.is_person(type(holder)):
                if slot.held_by is not None and keeps(holder, key):
                    return
                given: list[Assignment] = self.assignments.of(holder, key)
                slot.held = given[-1].place if given else 0
                slot.held_by = (type(holder), key)

    def replaced(self, slot: Slot, entry: Entry) -> None:
        """Where it, or what it sits in, was put in place of another after the run had begun."""
        for holder, key, name, given in givings(entry, self.assignments):
            if len(given) > 1:
                slot.reassigned = given[-1].place
            late = is_late(given, self.assignments)
            if late or self.assignments.once_variable(holder, key):
                slot.replaced, slot.replaced_name = given[-1].place, name
                return

    def _typos(self, slot: Slot, entry: Entry) -> None:
        for node in entry.node.up():
            if not is_module(node.held):
                continue
            typos = parts.TYPOS & vars(node.held).keys()
            if typos and not any(hasattr(type(node.held), t) for t in typos):
                slot.tags.add(OWNER_FLAG_TYPO)
                given = [a for t in typos for a in self.assignments.of(node.held, t)]
                if given:
                    slot.frozen = given[-1].place


def _members(node: Node) -> Iterator[tuple[str, str, str]]:
    """Lists and dicts of layers it sits in, by the attribute that holds them."""
    for each in node.up():
        head, _, member = each.name.rpartition(".")
        if each.parent is not None and member and head.rpartition(".")[2] == each.key:
            yield head, member, type(each.held).__name__
