"""What a term makes when it is looked up over all files: a parameter, a module, a list of those."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import Final, NamedTuple

from whygrad.source.classes.bases import Known, Lineage, lineage, resolve_at
from whygrad.source.classes.known import (
    BUFFERS,
    CONTAINERS,
    INTEGERS,
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


class Holds(Enum):
    """What something is, to the framework."""

    PARAMETER = "parameter"
    BUFFER = "buffer"
    MODULE = "module"
    TRACKED = "tracked"
    """A container that the framework looks into: `nn.ModuleList`."""
    TENSOR = "tensor"
    COMPUTED = "computed"
    """The result of an operation on a parameter that was made on the way."""
    CONTAINER = "container"
    """A list, tuple, set or dict; `items` is what may be in it."""
    NOTHING = "nothing"
    OTHER = "other"
    UNKNOWN = "unknown"


class Held(NamedTuple):
    """One thing that a term may make."""

    what: Holds
    learns: bool | None = None
    """Module: has parameters. Tensor: asks for a gradient. Computed: certainly no parameter."""
    items: tuple[Held, ...] = ()
    name: str = ""
    """What it is an object of: `torch.nn.Linear`."""


Alternatives = tuple[Held, ...]

UNKNOWN: Final = Held(Holds.UNKNOWN)
_OTHER: Final = Held(Holds.OTHER)
_DEEPEST: Final = 12
_MODULE_KEEPS: Final = {
    "to", "cuda", "cpu", "eval", "train", "half", "float", "double", "bfloat16", "apply", "type",
    "to_empty", "share_memory", "requires_grad_",
}  # fmt: skip
"""Methods of a module that give back the module."""
_MAY_KEEP: Final = {
    "to",
    "cuda",
    "cpu",
    "float",
    "double",
    "half",
    "bfloat16",
    "type",
    "contiguous",
}
"""Methods of a tensor that give back the same tensor where there is nothing to do."""
_LEAVES: Final = {
    "detach", "item", "tolist", "numpy", "size", "dim", "numel", "data_ptr", "stride",
    "register_hook",
}  # fmt: skip
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
        return _distinct(_method(held, term) for held in receivers)
    if kind in ("list", "tuple", "set", "dict", "generator"):
        return (Held(Holds.CONTAINER, items=items_of(project, place, term.parts, inner)),)
    if kind == "either":
        return _distinct(h for p in term.parts for h in made_by(project, place, p, inner))
    if kind == "element":
        return _elements(made_by(project, place, term.parts[0], inner), "[...]")
    if kind == "operation":
        parts = [made_by(project, place, p, inner) for p in term.parts]
        return (_operation(term.name, [h for p in parts for h in p]),)
    if kind == "constant":
        return (Held(Holds.NOTHING) if term.name == "None" else _OTHER,)
    return (_OTHER if kind == "self" else UNKNOWN,)


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
        elif by and _asks(held):
            found.append(Held(Holds.COMPUTED, True, name=by))
        else:
            found.append(UNKNOWN)
    return _distinct(found)


def _asks(held: Held) -> bool:
    """Whether what is computed from it has a history."""
    if held.what is Holds.COMPUTED:
        return True
    return held.what in (Holds.PARAMETER, Holds.TENSOR) and held.learns is True


def _call(project: Project, place: Place, term: Term, depth: int) -> Alternatives:
    if term.name.startswith("self."):
        return _own_method(project, place, term.name[5:], depth)
    if term.name == "?":
        return (UNKNOWN,)
    if place.known is not None:
        meanings = resolve_at(project, place.known, term.name)
    else:
        meanings = resolve(project, place.path, term.name)
    if not meanings:
        return (UNKNOWN,)
    return _distinct(h for m in meanings for h in _made(project, place, m, term, depth))


def _made(project: Project, place: Place, symbol: Symbol, term: Term, depth: int) -> Alternatives:
    if is_known(symbol.name) or symbol.sort is Sort.OUTSIDE:
        return _outside(project, place, symbol.name, term, depth)
    if symbol.sort is Sort.CLASS:
        return (_object(project, symbol),)
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
        return (Held(Holds.MODULE, has_weights(name), name=name),)
    if name in TENSOR_MAKERS or name == "torch.autograd.Variable":
        learns = False if name in INTEGERS else _flag(term, False)
        return (Held(Holds.TENSOR, learns, name=name),)
    if name in _MAPS or (name.startswith("builtins.") and last in _COLLECTS):
        return (Held(Holds.CONTAINER, items=_collected(project, place, name, term, depth)),)
    if name == "collections.deque":
        return (Held(Holds.CONTAINER, items=_collected(project, place, name, term, depth)),)
    if name in _COPIES and term.parts:
        return made_by(project, place, term.parts[0], depth + 1)
    return (_OTHER if name in _PLAIN else UNKNOWN,)


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


def _object(project: Project, symbol: Symbol) -> Held:
    line = lineage(project, symbol.path, symbol.qualname)
    if line is None:
        return UNKNOWN
    if line.bases:
        return Held(Holds.MODULE, learns(project, line), name=symbol.name)
    return Held(Holds.OTHER, name=symbol.name) if line.complete else UNKNOWN


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
    for name in line.outside:
        weights = has_weights(name) if name.startswith("torch.nn.") else None
        if weights:
            return True
        unsure = unsure or (weights is None and name != "torch.nn.Module")
    for known in line.classes:
        for store in known.facts.stores:
            made = made_by(project, Place(known.path, known, line), store.term, 6)
            certain = not store.conditional and store.method == "__init__"
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


def _own_method(project: Project, place: Place, name: str, depth: int) -> Alternatives:
    if place.line is None:
        return (UNKNOWN,)
    for known in place.line.classes:
        method = next((m for m in reversed(known.facts.methods) if m.name == name), None)
        if method is not None:
            return _returned(project, Place(known.path, known, place.line), method, depth)
    return (UNKNOWN,)


def _returned(
    project: Project, place: Place, function: FunctionFacts | None, depth: int
) -> Alternatives:
    if function is None or function.decorators or not function.returns:
        return (UNKNOWN,)
    return _distinct(h for t in function.returns for h in made_by(project, place, t, depth + 1))


def _method(held: Held, term: Term) -> Held:
    name = term.name
    if held.what in (Holds.MODULE, Holds.TRACKED):
        if name not in _MODULE_KEEPS:
            return UNKNOWN
        return held._replace(learns=_asked(term)) if name == "requires_grad_" else held
    if held.what in (Holds.PARAMETER, Holds.TENSOR) and name == "requires_grad_":
        return held._replace(learns=_asked(term))
    if held.what is Holds.TENSOR and held.learns is not True:
        return held if name not in _LEAVES or name == "detach" else _OTHER
    if not _asks(held) or name in _LEAVES or name.endswith("_"):
        return held if held.what is Holds.TENSOR and name.endswith("_") else UNKNOWN
    if name in _MAY_KEEP:
        certain = held.what is Holds.COMPUTED and held.learns is True
        return Held(Holds.COMPUTED, certain or None, name=name)
    return Held(Holds.COMPUTED, True, name=name)


def _asked(term: Term) -> bool | None:
    """The flag of `requires_grad_(flag)`."""
    if len(term.parts) == 1:
        return True
    flag = term.parts[1].parts[0] if term.parts[1].kind == "keyword" else term.parts[1]
    return {"True": True, "False": False}.get(flag.name) if flag.kind == "constant" else None


def _operation(name: str, operands: list[Held]) -> Held:
    kinds = {held.what for held in operands}
    if any(map(_asks, operands)):
        return Held(Holds.COMPUTED, True, name=name)
    if Holds.PARAMETER in kinds:
        return UNKNOWN  # one that was told not to learn
    if Holds.CONTAINER in kinds:
        items = tuple(dict.fromkeys(i for held in operands for i in held.items))
        others = kinds - {Holds.CONTAINER, Holds.OTHER}
        # `[x] * n` and `[a] + [b]`
        return Held(Holds.CONTAINER, items=(*items, UNKNOWN) if others else items)
    if Holds.TENSOR in kinds and Holds.UNKNOWN not in kinds:
        unsure = any(h.what is Holds.TENSOR and h.learns is None for h in operands)
        return Held(Holds.TENSOR, None if unsure else False, name=name)
    return _OTHER if kinds <= {Holds.OTHER} else UNKNOWN


def _distinct(held: Iterable[Held]) -> Alternatives:
    return tuple(dict.fromkeys(held))
