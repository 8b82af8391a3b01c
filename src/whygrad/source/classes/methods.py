"""Which methods of a class make its attributes, which compute with them, and what those read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from whygrad.source.classes.bases import Known, Lineage
from whygrad.source.facts.model import FunctionFacts, Store

SETS_UP: Final = {
    "__init__", "__new__", "__post_init__", "build", "setup", "reset_parameters",
    "_reset_parameters", "init_weights", "_init_weights", "configure_model", "post_init",
}  # fmt: skip
"""Where the attributes of an object are made."""
COMPUTES: Final = {
    "forward", "call", "__call__", "training_step", "validation_step", "compute_loss", "loss",
    "encode", "decode", "apply", "message", "edge_update", "message_and_aggregate",
}  # fmt: skip
"""Where a model computes what the loss is made of."""


class Stored(NamedTuple):
    """A store, and the class in which it stands."""

    known: Known
    store: Store


def stores_of(line: Lineage) -> Iterator[Stored]:
    """Every store of a class and its bases, the nearest class first."""
    for known in line.classes:
        for store in known.facts.stores:
            yield Stored(known, store)


def reached_from(line: Lineage, names: Iterable[str]) -> tuple[FunctionFacts, ...]:
    """The methods of those names and all that they call on the object, properties included."""
    every: dict[str, list[FunctionFacts]] = {}
    for known in line.classes:
        for method in known.facts.methods:
            every.setdefault(method.name, []).append(method)
    todo = [name for name in names if name in every]
    seen = set(todo)
    found: list[FunctionFacts] = []
    while todo:
        # A method that was overridden counts too: `super()` may ask for it.
        for method in every[todo.pop()]:
            found.append(method)
            more = (method.reads | method.supers) & every.keys() - seen
            seen |= more
            todo.extend(sorted(more))
    return tuple(found)


def reads(line: Lineage, attribute: str, names: Iterable[str] = COMPUTES) -> bool | None:
    """Whether the methods that compute mention `self.<attribute>`; None where they may."""
    methods = reached_from(line, names)
    if any(attribute in method.reads for method in methods):
        return True
    unsure = not line.complete or not methods or any(m.hands_out for m in methods)
    return None if unsure else False


def setting_up(line: Lineage) -> frozenset[str]:
    """The names of constructors and of what only constructors call."""
    made = {m.name for m in reached_from(line, SETS_UP)}
    computed = {m.name for m in reached_from(line, COMPUTES)}
    return frozenset((made - computed) | (made & SETS_UP))
