"""What a file's facts may be worth asking about, so that most of them need not be looked at."""

from __future__ import annotations

import builtins
from collections.abc import Iterable

from whygrad.source.facts.model import ClassFacts, FileFacts, FunctionFacts, Term
from whygrad.source.facts.stores import GROWS
from whygrad.source.facts.terms import OPERATES

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
_CONTAINERS = {"list", "tuple", "set", "dict", "OrderedDict"}
_PLAIN = {"argument", "constant", "global", "own", "self", "unknown"}
_FALSE = Term("constant", "False")
BUILTINS = frozenset(dir(builtins))
_NUMBERS = ("torch.", "np.", "numpy.", "math.", "os.", "random.", "F.", "tf.", "jnp.", "re.")
_PUTS = {"assign", "setattr"}
_GROWN = GROWS.keys() | {"item", "augmented"}


def signs_of(facts: FileFacts) -> frozenset[str]:
    """The signs that any class of the file shows, the names of all bases (`base NAME`), and what
    helpers make: of a function or method `gives NAME`, where an object keeps its result
    `keeps NAME`.
    """
    found: set[str] = set()
    for cls in facts.classes:
        found |= signs_of_class(cls)
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


def signs_of_class(cls: ClassFacts) -> set[str]:
    """The signs of what one class stores."""
    found: set[str] = set()
    tracked: dict[str, bool] = {}
    grown: set[str] = set()
    for store in cls.stores:
        name = store.attribute
        if store.method and store.how in _GROWN:
            if _makes(store.term):
                grown.add(name)
            continue
        if store.how not in _PUTS:
            continue
        if store.term.kind != "constant":
            tracked[name] = tracked.get(name, True) and _is_object(store.term)
        if store.method:
            found |= _signs_of_term(store.term)
    # What an `nn.ModuleList` gets is the framework's. Where it is made is another class, perhaps.
    if any(not tracked.get(name, False) for name in grown):
        found.add(CONTAINER)
    return found


def _signs_of_term(term: Term) -> set[str]:
    if term.kind in _PLAIN:
        return set()
    found = set()
    if _holds_made(term):
        found.add(CONTAINER)
    if term.kind == "call":
        if _is_object(term) and term.name.rpartition(".")[2] != "Variable":
            return found
        name = term.name if term.name.startswith("self.") else term.name.rpartition(".")[2]
        found.add(KEEPS + name)
    below = _below(term)
    asks = any(map(_asks, below))
    if asks:
        found.add(TENSOR)
    computed = term.kind in _OPERATIONS or term.name.rpartition(".")[2] in OPERATES
    if computed and (asks or any(map(_is_parameter, below))):
        found.add(PARAMETER)
    return found


def _asks(term: Term) -> bool:
    """`requires_grad=True`, `.requires_grad_()`, or with something that may be true."""
    if term.kind == "method":
        return term.name == "requires_grad_"
    if term.kind != "keyword" or term.name != "requires_grad":
        return False
    return not term.parts or term.parts[0] != _FALSE


def _is_object(term: Term) -> bool:
    """`Block(...)`, by the case of its name; a container of Python's own is looked into."""
    last = term.name.rpartition(".")[2] if term.kind == "call" else ""
    return last[:1].isupper() and last != "OrderedDict"


def _holds_made(term: Term) -> bool:
    """Whether it keeps something made by a call in a container, and not in one that is tracked."""
    if _is_object(term) or term.kind == "method":
        return False
    if _is_container(term) and any(map(_makes, term.parts)):
        return True
    return any(map(_holds_made, term.parts))


def _is_container(term: Term) -> bool:
    return term.kind in _CONTAINERS or (
        term.kind == "call" and term.name.rpartition(".")[2] in _CONTAINERS
    )


def _is_parameter(term: Term) -> bool:
    return term.kind == "call" and term.name.rpartition(".")[2] == "Parameter"


def _makes(term: Term) -> bool:
    """Whether a term makes an object: by a class, or by a helper that may."""
    return any(t.kind == "call" and not is_plain(t.name) for t in _below(term))


def is_plain(name: str) -> bool:
    """`len`, `torch.zeros`, `math.sqrt`: functions that make no object with variables."""
    last = name.rpartition(".")[2]
    if last[:1].isupper() or name.startswith("self."):
        return False
    if name == "?":
        return True  # `getattr(nn, kind)(8)`: whatever it makes, nobody can tell
    return last in BUILTINS or name.startswith(_NUMBERS)


def _below(term: Term) -> list[Term]:
    found = [term]
    for inner in found:
        found.extend(inner.parts)
    return found
