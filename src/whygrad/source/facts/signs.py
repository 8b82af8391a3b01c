"""What a file's facts may be worth asking about, so that most of them need not be looked at."""

from __future__ import annotations

from whygrad.source.facts.model import FileFacts, Store, Term
from whygrad.source.facts.stores import GROWS

CONTAINER = "container"
"""An object keeps a list, dict, tuple or set with something made in it."""
PARAMETER = "parameter"
"""The result of an operation on something is stored, and a `Parameter` is made on the way."""
TENSOR = "tensor"
"""The result of a function, e.g. `torch.randn`, is stored with `requires_grad`."""

_GROWN = GROWS.keys() | {"item", "augmented"}


def signs_of(facts: FileFacts) -> frozenset[str]:
    """The signs that any class of the file shows."""
    found: set[str] = set()
    for cls in facts.classes:
        for store in cls.stores:
            if store.method:
                found.update(_signs(store))
    return frozenset(found)


def _signs(store: Store) -> list[str]:
    term = store.term
    if store.how in _GROWN:
        return [CONTAINER] if _makes(term) else []
    found = []
    below = list(_below(term))
    if any(_is_container(t) and any(map(_makes, t.parts)) for t in below):
        found.append(CONTAINER)
    if term.kind in ("method", "operation") and any(_is_parameter(t) for t in below):
        found.append(PARAMETER)
    if any(t.kind == "keyword" and t.name == "requires_grad" for t in below) or any(
        t.kind == "method" and t.name == "requires_grad_" for t in below
    ):
        found.append(TENSOR)
    return found


def _is_container(term: Term) -> bool:
    kinds = ("list", "tuple", "set", "dict", "generator")
    return term.kind in kinds or (term.kind == "call" and term.name in kinds)


def _is_parameter(term: Term) -> bool:
    return term.kind == "call" and term.name.rpartition(".")[2] == "Parameter"


def _makes(term: Term) -> bool:
    """Whether something is made in a term by a call."""
    return any(t.kind in ("call", "method") for t in _below(term))


def _below(term: Term) -> list[Term]:
    found = [term]
    for inner in found:
        found.extend(inner.parts)
    return found
