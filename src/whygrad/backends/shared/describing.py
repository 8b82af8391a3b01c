"""How a variable hangs on what holds it: who made it, who names it, what took its place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from whygrad.backends.shared.slot import Slot
from whygrad.backends.shared.walking import Entry, Node, People
from whygrad.flow.variable import Home

Is = Callable[[Any], bool]


def links(entry: Entry) -> Iterator[tuple[Any, str]]:
    """From the variable outward: which object holds what, under which key."""
    yield entry.node.held, entry.key
    for node in entry.node.up():
        if node.parent is not None:
            yield node.parent.held, node.key


def givings(entry: Entry, assignments: Any) -> Iterator[tuple[Any, str, str, Sequence[Any]]]:
    """Holder, key, dotted name, and all that was put there, from the variable outward."""
    names = [entry.name, *(node.name for node in entry.node.up())]
    for (holder, key), name in zip(links(entry), names, strict=False):
        yield holder, key, name, assignments.of(holder, key)


def is_late(given: Sequence[Any], assignments: Any) -> bool:
    """Whether the last of them took another's place after the run had begun."""
    return len(given) > 1 and (given[-1].in_call or assignments.built_before(given[-1]))


def mention(entry: Entry, classes: People) -> tuple[type, str] | None:
    """The person's class in whose source its name is to be found."""
    for holder, key in links(entry):
        if classes.is_person(type(holder)):
            return type(holder), key
    return None


def judge_maker(
    slot: Slot, node: Node, classes: People, is_module: Is, is_container: Is, is_frameworks: Is
) -> None:
    """Whose code made it: climb from its module while the class is a library's."""
    top: Node | None = None
    for each in node.up():
        if not is_module(each.held) or classes.is_person(type(each.held)):
            break
        if not is_container(each.held):
            top = each
    direct = top is None or top is node
    slot.inside_library = None if direct or top is None else top.name
    # Of the framework's own layers the variables are the person's, who put the layer there; a
    # state that does not train is the layer's own.
    slot.made_by_library = bool(
        direct
        and top is not None
        and (slot.home is Home.BUFFER or not is_frameworks(type(top.held)))
    )
