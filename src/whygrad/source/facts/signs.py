"""What a file's facts may be worth asking about, so that most of them need not be looked at."""

from __future__ import annotations

from collections.abc import Iterable

from whygrad.source.facts.model import FileFacts, Store, Term
from whygrad.source.facts.stores import GROWS

CONTAINER = "container"
"""An object keeps a list, dict, tuple or set with something made in it."""
PARAMETER = "parameter"
"""The result of an operation on something is stored, and a `Parameter` is made on the way."""
TENSOR = "tensor"
"""The result of a function, e.g. `torch.randn`, is stored with `requires_grad`."""

GIVES = "gives "
KEEPS = "keeps "
_GROWN = GROWS.keys() | {"item", "augmented"}


def signs_of(facts: FileFacts) -> frozenset[str]:
    """The signs that any class of the file shows. What a helper makes is told by its name: of a
    function `gives NAME`, where an object keeps its result `keeps NAME`.
    """
    found: set[str] = set()
    for cls in facts.classes:
        for store in cls.stores:
            if store.method:
                found.update(_signs(store))
    for function in facts.functions:
        if any(_holds_made(t) for t in function.returns):
            found.add(f"{GIVES}{function.name}")
    return frozenset(found)


def joined(signs: Iterable[frozenset[str]]) -> frozenset[str]:
    """The names of all helpers that give a container of something made, as `keeps NAME`."""
    return frozenset(KEEPS + s[len(GIVES) :] for each in signs for s in each if s.startswith(GIVES))


def _signs(store: Store) -> list[str]:
    term = store.term
    if store.how in _GROWN:
        return [CONTAINER] if _makes(term) else []
    found = []
    below = list(_below(term))
    if _holds_made(term):
        found.append(CONTAINER)
    if term.kind == "call" and not term.name.startswith("self."):
        name = term.name.rpartition(".")[2]
        found += [KEEPS + name] if not name[:1].isupper() else []
    if term.kind in ("method", "operation") and any(_is_parameter(t) for t in below):
        found.append(PARAMETER)
    if any(t.kind == "keyword" and t.name == "requires_grad" for t in below) or any(
        t.kind == "method" and t.name == "requires_grad_" for t in below
    ):
        found.append(TENSOR)
    return found


def _holds_made(term: Term) -> bool:
    """Whether it keeps something made by a call in a container, and not in one that is tracked."""
    if term.kind == "call" and term.name.rpartition(".")[2][:1].isupper():
        return False
    if _is_container(term) and any(map(_makes, term.parts)):
        return True
    return any(map(_holds_made, term.parts))


def _is_container(term: Term) -> bool:
    kinds = ("list", "tuple", "set", "dict")
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
