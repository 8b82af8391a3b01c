"""What an expression may be: where its gradient would go, and which objects it may stand for."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import Final, NamedTuple

from whygrad.source.module import Function, SourceModule


class Cause(Enum):
    """Why gradient ends at a cut, by the id of the catalogue."""

    DETACHED = "detached"
    GRAD_DISABLED = "grad-disabled"
    LEFT = "left-framework"
    REWRAPPED = "rewrapped"
    NOT_DIFFERENTIABLE = "non-differentiable-op"
    CUSTOM = "custom-gradient"


class Site(NamedTuple):
    """A node of a file, by its place."""

    path: str
    line: int
    column: int
    end_line: int
    end_column: int


class Cut(NamedTuple):
    """Where gradient ends, and the op that ends it as its user writes it."""

    cause: Cause
    op: str
    site: Site


class Root(NamedTuple):
    """Something that can learn, by the place where it is made. `site` is None for what is not
    known: arguments, what a library gives back.
    """

    site: Site | None
    kind: str = ""
    """`parameter`, `module`, or `tensor` where a loose tensor asks for a gradient."""
    inside: tuple[Site, ...] = ()
    """Where the objects around it are made, the innermost first: what tells two models apart."""


ANY: Final = Root(None)


class Flow(NamedTuple):
    """A way from something that can learn; gradient goes back over it if nothing cuts it."""

    root: Root
    cut: Cut | None = None
    tapes: frozenset[Site] | None = None
    """The tapes of TensorFlow that saw every op on the way; None where no op was yet."""
    missed: Cut | None = None
    """The op that some tape did not see."""


class Sort(Enum):
    """What kind of object an `Object` is."""

    CLASS = "class"
    INSTANCE = "instance"
    MODULE = "module"
    FUNCTION = "function"
    METHOD = "method"
    FILE = "file"
    """A module of the project."""
    LIBRARY = "library"
    """Something of a library by its name."""
    OPTIMIZER = "optimizer"
    SCALER = "scaler"
    SCHEDULER = "scheduler"
    DISTRIBUTION = "distribution"
    GENERATOR = "generator"
    """Gives its items once."""
    CONSTANT = "constant"
    TAPE = "tape"
    PAUSE = "pause"
    """What `tape.stop_recording()` gives."""
    TENSOR = "tensor"
    """A tensor of plain numbers: no tape follows it unless it is told to."""
    MEASURE = "measure"
    """A loss or a metric that is called."""
    GRADIENTS = "gradients"
    """A function that was made to give the gradients of another."""
    UPDATES = "updates"
    """What makes updates of gradients without keeping anything (`optax`)."""
    UPDATED = "updated"
    """New values of parameters, which are lost if nobody keeps them."""
    DATA = "data"
    """What holds numbers and nothing that learns: a data set, an environment, arguments."""
    GROUPS = "groups"
    """The groups of parameters of an optimizer, or one of them."""
    CONTAINER = "container"
    """Looked into by index and loop; what is in it is all that it holds."""


@dataclass(frozen=True, slots=True, eq=False)
class Closure:
    """A function of the project, with the names around it. Equal to itself alone."""

    module: SourceModule
    file: str
    node: Function | ast.Lambda
    around: tuple[dict[str, Value], ...] = ()
    owner: tuple[str, str] | None = None
    """The class whose method it is: its file and qualified name."""


class Object(NamedTuple):
    """Something that is no plain tensor. `name` and `site` say which."""

    sort: Sort
    name: str = ""
    site: Site | None = None
    inside: tuple[Site, ...] = ()
    closure: Closure | None = None
    owner: tuple[str, Site | None, tuple[Site, ...]] | None = None
    """Of a method: the object it is bound to."""


@dataclass(frozen=True, slots=True)
class Value:
    """All that an expression may be. Equal values hold the same."""

    flows: frozenset[Flow] = frozenset()
    objects: frozenset[Object] = frozenset()
    parts: tuple[tuple[object, Value], ...] = ()
    """What is known of its items by index or key; `flows` and `objects` include theirs."""
    known: bool = False
    """Whether it is none but what `objects` say: nothing else can be in it."""

    @property
    def live(self) -> frozenset[Root]:
        """What gets gradient through it."""
        return frozenset(flow.root for flow in self.flows if flow.cut is None)

    def of(self, sort: Sort) -> list[Object]:
        """The objects of one sort that it may be."""
        return [o for o in self.objects if o.sort is sort]

    def part(self, key: object) -> Value | None:
        """The item of that index or key, where it is known."""
        return next((value for k, value in self.parts if k == key), None)


_MOST_OBJECTS: Final = 24
_KEPT: Final = (Sort.INSTANCE, Sort.MODULE, Sort.OPTIMIZER, Sort.CONTAINER, Sort.METHOD)
"""What is kept where a value may be too many things."""
NOTHING: Final = Value(known=True)
UNKNOWN: Final = Value(frozenset({Flow(ANY)}))


def joined(values: Iterable[Value]) -> Value:
    """A value that may be any of these."""
    several = [v for v in values if v is not NOTHING]
    if not several:
        return NOTHING
    first = several[0]
    if all(v is first or v == first for v in several[1:]):
        return first
    keys = [k for k, _ in first.parts]
    same = bool(keys) and all([k for k, _ in v.parts] == keys for v in several)
    parts = (
        tuple((k, joined(v.parts[i][1] for v in several)) for i, k in enumerate(keys))
        if same
        else ()
    )
    flows = frozenset().union(*(v.flows for v in several))
    objects = frozenset().union(*(v.objects for v in several))
    known = all(v.known for v in several)
    if len(objects) > _MOST_OBJECTS:
        objects, known = frozenset(o for o in objects if o.sort in _KEPT), False
    return Value(flows, objects, parts, known)


def computed(values: Iterable[Value]) -> Value:
    """A tensor that is computed from these: objects do not go in, the ways do."""
    flows = frozenset().union(*(v.flows for v in values))
    return Value(flows) if flows else NOTHING


def cut_by(value: Value, cut: Cut) -> Value:
    """The value behind a cut. What was cut before is not cut again, but for a step on the same
    way out: `x.detach().numpy()` leaves, and `Variable(x.data)` is a new leaf.
    """
    if not value.flows:
        return value
    flows = frozenset(
        flow if flow.cut is not None and not _goes_on(flow.cut, cut) else Flow(flow.root, cut)
        for flow in value.flows
    )
    parts = tuple((k, cut_by(v, cut)) for k, v in value.parts)
    return Value(flows, value.objects, parts, value.known)


def _goes_on(before: Cut, after: Cut) -> bool:
    if before.cause is not Cause.DETACHED or after.cause not in (Cause.LEFT, Cause.REWRAPPED):
        return False
    inner, outer = before.site, after.site
    return inner.path == outer.path and (outer.line, outer.column) <= (
        inner.line,
        inner.column,
    ) <= (inner.end_line, inner.end_column) <= (outer.end_line, outer.end_column)


def grown_up(value: Value) -> Value:
    """What is computed from a new leaf is not the leaf itself."""
    if not any(flow.root.kind == "leaf" for flow in value.flows):
        return value
    flows = (
        f._replace(root=f.root._replace(kind="copy")) if f.root.kind == "leaf" else f
        for f in value.flows
    )
    return Value(frozenset(flows), value.objects, value.parts, value.known)


def constant(value: object) -> Value:
    """A number, a text, a truth value."""
    return Value(objects=frozenset({Object(Sort.CONSTANT, repr(value)[:60])}), known=True)


def number_of(value: Value) -> float | int | None:
    """The one number that a value is."""
    if not value.known or value.flows or len(value.objects) != 1:
        return None
    (item,) = value.objects
    if item.sort is not Sort.CONSTANT:
        return None
    return _number(item.name)


@cache
def _number(text: str) -> float | int | None:
    try:
        number = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return None
    return number if isinstance(number, (int, float)) and abs(number) < 1e30 else None


def root_value(root: Root, item: Object | None = None) -> Value:
    """Something that learns."""
    objects = frozenset({item}) if item is not None else frozenset()
    return Value(frozenset({Flow(root)}), objects, known=item is not None)
