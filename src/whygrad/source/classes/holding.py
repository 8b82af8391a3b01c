"""What a term makes when it is looked up over all files: a parameter, a module, a list of those."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, NamedTuple

from whygrad.source.classes import others
from whygrad.source.classes.bases import Known, Lineage, lineage, resolve_at
from whygrad.source.classes.held import (
    OTHER,
    UNKNOWN,
    Alternatives,
    Held,
    Holds,
    after_method,
    after_operation,
    asks,
    distinct,
)
from whygrad.source.classes.known import (
    BUFFERS,
    CONTAINERS,
    PARAMETERS,
    TENSOR_MAKERS,
    Base,
    base_of,
    has_weights,
    is_known,
)
from whygrad.source.classes.resolve import Sort, Symbol, function_in, resolve
from whygrad.source.facts.model import FunctionFacts, Term
from whygrad.source.project.project import Project

_DEEPEST: Final = 12
_EMPTY: Final = {
    "torch.nn.Module", "keras.Layer", "keras.Model", "tf_keras.Layer", "tf_keras.Model",
    "tensorflow.Module", "flax.nnx.Module", "equinox.Module",
}  # fmt: skip
"""Bases that bring no parameters of their own."""
_LOOK_INTO: Final = frozenset({
    Base.KERAS, Base.KERAS_2, Base.TENSORFLOW, Base.NNX, Base.EQUINOX,
})  # fmt: skip
"""The models whose helpers are looked into."""
_LISTS: Final = re.compile(r"variables|weights|param|layers|__iter__|__getattr|flatten|modules")
_COLLECTS: Final = {"list", "tuple", "set", "frozenset", "sorted", "reversed"}
_MAPS: Final = {"builtins.dict", "collections.OrderedDict", "collections.defaultdict"}
_COPIES: Final = {"copy.deepcopy", "copy.copy"}
_PLAIN: Final = {
    "builtins.int", "builtins.float", "builtins.str", "builtins.bool", "builtins.len",
    "builtins.range", "builtins.max", "builtins.min", "builtins.sum", "builtins.type",
    "functools.partial", "math.sqrt", "math.log", "builtins.round", "builtins.isinstance",
}  # fmt: skip


class Place(NamedTuple):
    """Where a term stands: a file, and the class whose lineage `self` has."""

    path: str
    known: Known | None = None
    line: Lineage | None = None


def made_by(project: Project, place: Place, term: Term, depth: int = 0) -> Alternatives:
    """All that a term may make."""
    if depth > _DEEPEST:
        return (UNKNOWN,)
    inner = depth + 1
    kind = term.kind
    if kind == "call":
        return _call(project, place, term, depth)
    if kind == "method":
        receivers = made_by(project, place, term.parts[0], inner)
        return distinct(after_method(held, term) for held in receivers)
    if kind in ("list", "tuple", "set", "dict", "generator"):
        return (Held(Holds.CONTAINER, items=items_of(project, place, term.parts, inner)),)
    if kind == "either":
        return distinct(h for p in term.parts for h in made_by(project, place, p, inner))
    if kind == "element":
        return _elements(made_by(project, place, term.parts[0], inner), "[...]")
    if kind == "operation":
        return (after_operation(term.name, _operands(project, place, term.parts, inner)),)
    if kind == "constant":
        return (Held(Holds.NOTHING) if term.name == "None" else OTHER,)
    return (OTHER if kind == "self" else UNKNOWN,)


def _operands(project: Project, place: Place, parts: tuple[Term, ...], depth: int) -> list[Held]:
    """What an operation is done on; of TensorFlow's models also a variable that another attribute
    holds: the result is computed once, and the graph of PyTorch would not be.
    """
    found: list[Held] = []
    for part in parts:
        if part.kind == "own" and place.line is not None and depth < _DEEPEST:
            found += _attribute(project, place.line, part.name, depth)
        else:
            found += items_of(project, place, (part,), depth)
    return found


def _attribute(project: Project, line: Lineage, name: str, depth: int) -> Alternatives:
    """What an attribute holds that is stored once."""
    stores = [(k, s) for k in line.classes for s in k.facts.stores if s.attribute == name]
    if line.bases.isdisjoint(_LOOK_INTO) or len(stores) != 1 or stores[0][1].how != "assign":
        return (UNKNOWN,)
    known, store = stores[0]
    return made_by(project, Place(known.path, known, line), store.term, depth + 1)


def items_of(
    project: Project, place: Place, parts: Iterable[Term], depth: int = 0
) -> tuple[Held, ...]:
    """What is in a container of these parts; a part that is spread gives what is in it."""
    found: list[Held] = []
    for part in parts:
        if part.kind == "spread":
            found += _elements(made_by(project, place, part.parts[0], depth))
        elif part.kind == "keyword":
            found += made_by(project, place, part.parts[0], depth)
        else:
            found += made_by(project, place, part, depth)
    return tuple(dict.fromkeys(found))


def _elements(alternatives: Alternatives, by: str = "") -> Alternatives:
    found: list[Held] = []
    for held in alternatives:
        if held.what is Holds.CONTAINER:
            found += held.items
        elif by and asks(held):
            found.append(Held(Holds.COMPUTED, True, name=by))
        else:
            found.append(UNKNOWN)
    return distinct(found)


def _call(project: Project, place: Place, term: Term, depth: int) -> Alternatives:
    if term.name.startswith("self."):
        return _own_method(project, place, term, depth)
    if term.name == "?":
        # `keras.initializers.GlorotUniform()(shape)`
        callee = term.parts[0] if term.parts else term
        named = resolve(project, place.path, callee.name) if callee.kind == "call" else None
        if named and all(others.is_initializer(m.name) for m in named):
            return (Held(Holds.TENSOR, False, name=others.INITIALIZER),)
        return (UNKNOWN,)
    if place.known is not None:
        meanings = resolve_at(project, place.known, term.name)
    else:
        meanings = resolve(project, place.path, term.name)
    if not meanings:
        return (UNKNOWN,)
    return distinct(h for m in meanings for h in _made(project, place, m, term, depth))


def _made(project: Project, place: Place, symbol: Symbol, term: Term, depth: int) -> Alternatives:
    if is_known(symbol.name) or symbol.sort is Sort.OUTSIDE:
        return _outside(project, place, symbol.name, term, depth)
    if symbol.sort is Sort.CLASS:
        return (_object(project, place, symbol, term, depth),)
    if symbol.sort is Sort.FUNCTION:
        facts = project.facts(symbol.path)
        function = function_in(facts, symbol.qualname) if facts is not None else None
        return _returned(project, Place(symbol.path), function, depth)
    return (UNKNOWN,)


def _outside(project: Project, place: Place, name: str, term: Term, depth: int) -> Alternatives:
    last = name.rpartition(".")[2]
    if name in PARAMETERS:
        return (Held(Holds.PARAMETER, _flag(term, True), name=name),)
    if name in BUFFERS:
        return (Held(Holds.BUFFER),)
    if name.startswith("torch.nn.") and last in CONTAINERS:
        return (
            Held(Holds.TRACKED, items=items_of(project, place, term.parts, depth + 1), name=name),
        )
    base = base_of(name)
    if isinstance(base, Base):
        own = None if base is Base.TORCH else base
        return (Held(Holds.MODULE, has_weights(name), name=name, base=own),)
    if name in TENSOR_MAKERS or name == "torch.autograd.Variable":
        learns = False if others.makes_integers(name, term) else _flag(term, False)
        return (Held(Holds.TENSOR, learns, name=name),)
    if name in _MAPS or (name.startswith("builtins.") and last in _COLLECTS):
        return (Held(Holds.CONTAINER, items=_collected(project, place, name, term, depth)),)
    if name == "collections.deque":
        items = _collected(project, place, name, term, depth)
        return (Held(Holds.CONTAINER, items=items, name=name),)
    if name in _COPIES and term.parts:
        return made_by(project, place, term.parts[0], depth + 1)
    other = others.made(name, term)
    if other is None and others.computes(name):
        given = _operands(project, place, term.parts, depth + 1)
        other = Held(Holds.COMPUTED, True, name=name) if any(map(asks, given)) else None
    return (other or (OTHER if name in _PLAIN else UNKNOWN),)


def _collected(
    project: Project, place: Place, name: str, term: Term, depth: int
) -> tuple[Held, ...]:
    given = [p for p in term.parts if p.kind != "keyword"]
    named = [p for p in term.parts if p.kind == "keyword"]
    found = list(items_of(project, place, named, depth + 1)) if name in _MAPS else []
    for part in given[:1]:
        found += _elements(made_by(project, place, part, depth + 1))
    return tuple(dict.fromkeys(found))


def _flag(term: Term, default: bool) -> bool | None:
    """`requires_grad`, where it is written out."""
    for part in term.parts:
        if part.kind == "spread":
            return None
        if part.kind == "keyword" and part.name == "requires_grad":
            return {"True": True, "False": False}.get(part.parts[0].name)
    if default and len(term.parts) > 1:
        return None  # `nn.Parameter(x, False)`
    return default


def _object(project: Project, place: Place, symbol: Symbol, term: Term, depth: int) -> Held:
    line = lineage(project, symbol.path, symbol.qualname)
    if line is None:
        return UNKNOWN
    if line.bases:
        bases = line.bases - {Base.TORCH}
        own = next(iter(bases)) if len(bases) == 1 else None
        return Held(Holds.MODULE, learns(project, line), name=symbol.name, base=own)
    if not line.complete:
        return UNKNOWN
    asked = place.line is not None and not place.line.bases.isdisjoint(_LOOK_INTO)
    learning = _helper_learns(project, line, place, term, depth) if asked else None
    return Held(Holds.OTHER, learning, name=symbol.name)


def _helper_learns(
    project: Project, line: Lineage, place: Place, term: Term, depth: int
) -> bool | None:
    """Whether an object that is no module holds variables, and does nothing but compute with them:
    what lists them for others may have been listed.
    """
    own = line.classes[0].facts
    if any(_LISTS.search(m.name) for known in line.classes for m in known.facts.methods):
        return None
    if any(d.rpartition(".")[2] == "dataclass" for d in own.decorators) and not own.methods:
        given = items_of(project, place, term.parts, depth + 1)
        return any(map(_has_weights, given)) or None
    if own.decorators or line.outside not in ((), ("builtins.object",)):
        return None
    for store in own.stores:
        if store.method != "__init__" or store.conditional or store.how != "assign":
            continue
        made = made_by(project, Place(line.classes[0].path, line.classes[0], line), store.term, 6)
        inner = [i for h in made for i in (h.items if h.what is Holds.CONTAINER else (h,))]
        if inner and all(map(_has_weights, inner)):
            return True
    return None


def learns(project: Project, line: Lineage) -> bool | None:
    """Whether an object of the class has parameters whichever way it is made."""
    first = line.classes[0]
    key = ("learns", first.path, first.facts.qualname)
    if key not in project.answers:
        project.answers[key] = None  # what a class that holds itself is told
        project.answers[key] = _learns(project, line)
    found: bool | None = project.answers[key]  # type: ignore[assignment]
    return found


def _learns(project: Project, line: Lineage) -> bool | None:
    unsure = not line.complete
    keras = not line.bases.isdisjoint((Base.KERAS, Base.KERAS_2))
    for name in line.outside:
        weights = has_weights(name)
        if weights:
            return True
        unsure = unsure or (weights is None and name not in _EMPTY)
    for known in line.classes:
        for store in known.facts.stores:
            made = made_by(project, Place(known.path, known, line), store.term, 6)
            made_in = ("__init__", "build") if keras else ("__init__",)
            certain = not store.conditional and store.method in made_in
            if certain and all(_has_weights(h) for h in made):
                return True
            unsure = unsure or any(_may_have_weights(h) for h in made)
    return None if unsure else False


def _has_weights(held: Held) -> bool:
    return held.what in (Holds.PARAMETER, Holds.MODULE) and held.learns is True


def _may_have_weights(held: Held) -> bool:
    if held.what in (Holds.PARAMETER, Holds.MODULE):
        return held.learns is not False
    return held.what in (Holds.UNKNOWN, Holds.TRACKED, Holds.CONTAINER)


def _own_method(project: Project, place: Place, term: Term, depth: int) -> Alternatives:
    name = term.name.removeprefix("self.")
    if place.line is None:
        return (UNKNOWN,)
    for known in place.line.classes:
        method = next((m for m in reversed(known.facts.methods) if m.name == name), None)
        if method is not None:
            return _returned(project, Place(known.path, known, place.line), method, depth)
    if name == "add_weight" and not place.line.bases.isdisjoint((Base.KERAS, Base.KERAS_2)):
        return (others.made(others.ADD_WEIGHT, term) or UNKNOWN,)
    return (UNKNOWN,)


def _returned(
    project: Project, place: Place, function: FunctionFacts | None, depth: int
) -> Alternatives:
    if function is None or function.decorators or not function.returns:
        return (UNKNOWN,)
    return distinct(h for t in function.returns for h in made_by(project, place, t, depth + 1))
