"""What a file's facts may be worth asking about, so that most of them need not be looked at."""

from __future__ import annotations

import builtins
from collections.abc import Iterable

from whygrad.source.facts.model import FileFacts, FunctionFacts, Store, Term
from whygrad.source.facts.stores import GROWS

CONTAINER = "container"
"""An object keeps a list, dict, tuple or set with something made in it."""
PARAMETER = "parameter"
"""The result of an operation on something is stored, and a `Parameter` is made on the way."""
TENSOR = "tensor"
"""The result of a function, e.g. `torch.randn`, is stored with `requires_grad`."""
IGNORES = "ignores"
"""The text holds `whygrad:`, as a comment does that says what is meant so."""

GIVES = "gives "
KEEPS = "keeps "
BASE = "base "
_OPERATIONS = ("method", "operation", "element")
_BUILTINS = frozenset(dir(builtins))
_NUMBERS = ("torch.", "np.", "numpy.", "math.", "os.", "random.", "F.", "tf.", "jnp.", "re.")
_GROWN = GROWS.keys() | {"item", "augmented"}


def signs_of(facts: FileFacts) -> frozenset[str]:
    """The signs that any class of the file shows, the names of all bases (`base NAME`), and what
    helpers make: of a function or method `gives NAME`, where an object keeps its result
    `keeps NAME`.
    """
    found: set[str] = set()
    for cls in facts.classes:
        for store in cls.stores:
            found.update(signs_of_store(store))
        found.update(BASE + base.rpartition(".")[2] for base in cls.bases)
        found.update(_given(f"self.{m.name}", m) for m in cls.methods)
    found.update(_given(f.name, f) for f in facts.functions)
    found.discard("")
    return frozenset(found)


def _given(name: str, function: FunctionFacts) -> str:
    return f"{GIVES}{name}" if any(map(_holds_made, function.returns)) else ""


def joined(signs: Iterable[frozenset[str]]) -> frozenset[str]:
    """The names of all helpers that give a container of something made, as `keeps NAME`."""
    return frozenset(KEEPS + s[len(GIVES) :] for each in signs for s in each if s.startswith(GIVES))


def signs_of_store(store: Store) -> list[str]:
    """The signs of one store."""
    term = store.term
    if not store.method:
        return []
    if store.how in _GROWN:
        return [CONTAINER] if _makes(term) else []
    found = []
    below = list(_below(term))
    if _holds_made(term):
        found.append(CONTAINER)
    if term.kind == "call":
        name = term.name if term.name.startswith("self.") else term.name.rpartition(".")[2]
        found += [KEEPS + name] if not name[:1].isupper() else []
    asks = any(t.kind == "keyword" and t.name == "requires_grad" for t in below) or any(
        t.kind == "method" and t.name == "requires_grad_" for t in below
    )
    if asks:
        found.append(TENSOR)
    if term.kind in _OPERATIONS and (asks or any(_is_parameter(t) for t in below)):
        found.append(PARAMETER)
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
    """Whether a term makes an object: by a class, or by a helper that may."""
    return any(t.kind == "call" and not _is_plain(t.name) for t in _below(term))


def _is_plain(name: str) -> bool:
    """`len`, `torch.zeros`, `math.sqrt`: functions that make no object with variables."""
    last = name.rpartition(".")[2]
    if last[:1].isupper() or name.startswith("self."):
        return False
    return last in _BUILTINS or name.startswith(_NUMBERS)


def _below(term: Term) -> list[Term]:
    found = [term]
    for inner in found:
        found.extend(inner.parts)
    return found
