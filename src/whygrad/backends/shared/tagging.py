"""Facts about a variable that only its neighbours, or all steps together, can tell."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from whygrad.backends.shared.slot import Held, Slot
from whygrad.flow.tags import (
    CREATED_IN_STEP,
    EMPTY_GROUP,
    SIBLING_USED,
    SUBMODULE_FROZEN,
    WHOLE_MODEL_FROZEN,
)
from whygrad.flow.variable import Home
from whygrad.model.report import Gradient


def tags_of(
    slots: Sequence[Slot], optimizers: Iterable[Held], used: set[Slot]
) -> dict[Slot, frozenset[str]]:
    """All tags of every slot; `used` holds those that the steps read."""
    found = {slot: set(slot.tags) for slot in slots}
    _freezing(slots, found)
    _siblings(slots, used, found)
    _library(slots, used)
    empty = any(0 in held.sizes for held in optimizers)
    for slot in slots:
        if empty and slot.home is Home.REGISTERED and slot.trainable and not slot.holders:
            found[slot].add(EMPTY_GROUP)
        if _anew(slot):
            found[slot].add(CREATED_IN_STEP)
    return {slot: frozenset(tags) for slot, tags in found.items()}


def _anew(slot: Slot) -> bool:
    """Made inside forward, and made again in every later step; a layer built lazily once is not."""
    if not slot.created_in:
        return False
    return len(slot.steps) < 2 or len({s.identity for s in slot.steps.values()}) > 1


def _freezing(slots: Sequence[Slot], found: dict[Slot, set[str]]) -> None:
    models: dict[int, list[Slot]] = defaultdict(list)
    inside: dict[tuple[int, str], list[Slot]] = defaultdict(list)
    for slot in slots:
        if slot.home is Home.REGISTERED and slot.floating:
            models[slot.model].append(slot)
            for ancestor in slot.ancestors:
                inside[slot.model, ancestor].append(slot)
    for members in models.values():
        if not any(s.trainable for s in members):
            for slot in members:
                found[slot].add(WHOLE_MODEL_FROZEN)
    for (model, _), members in inside.items():
        others = any(s.trainable for s in models[model])
        if others and not any(s.trainable for s in members):
            for slot in members:
                found[slot].add(SUBMODULE_FROZEN)


def _siblings(slots: Sequence[Slot], read: set[Slot], found: dict[Slot, set[str]]) -> None:
    """An expert without tokens sits out as a whole; a layer lost in a used block does not."""
    used: dict[tuple[int, str, str], set[str]] = defaultdict(set)
    trained: dict[tuple[int, str, str], set[str]] = defaultdict(set)
    for slot in slots:
        reached = any(step.gradient is not Gradient.NONE for step in slot.steps.values())
        for container, member, kind in slot.members:
            if slot in read:
                used[slot.model, container, kind].add(member)
            if reached:
                trained[slot.model, container, kind].add(member)
    for slot in slots:
        for container, member, kind in slot.members:
            key = slot.model, container, kind
            if used[key] - {member} and member not in trained[key]:
                found[slot].add(SIBLING_USED)


def _library(slots: Sequence[Slot], used: set[Slot]) -> None:
    """A library's layer of which nothing was read is the person's own lost layer."""
    inside = [s for s in slots if s.inside_library is not None]
    read = {(s.model, s.inside_library) for s in inside if s in used}
    for slot in inside:
        if (slot.model, slot.inside_library) not in read:
            slot.inside_library = None
