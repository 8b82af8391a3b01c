"""What a PyTorch module holds and the framework does not see, although the module computes with it.

Everything is asked in three values, and whatever might hand the thing to the framework or to an
optimizer in another way ends the question.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from enum import Enum
from fnmatch import fnmatchcase
from typing import Final, NamedTuple

from whygrad.model.source import SourceLocation
from whygrad.source.classes.bases import Lineage, lineage
from whygrad.source.classes.elsewhere import handed_over
from whygrad.source.classes.held import Alternatives, Held, Holds
from whygrad.source.classes.holding import Place, items_of, made_by
from whygrad.source.classes.known import Base
from whygrad.source.classes.methods import COMPUTES, Stored, reached_from, setting_up, stores_of
from whygrad.source.classes.placed import statement_in
from whygrad.source.classes.uses import Use, grows, starts, starts_each, uses, without_gradient
from whygrad.source.facts.model import ClassFacts, FileFacts
from whygrad.source.facts.signs import BASE, CONTAINER, PARAMETER, TENSOR, signs_of_class
from whygrad.source.facts.stores import GROWS
from whygrad.source.module import SourceModule
from whygrad.source.project.project import Project


class Sort(Enum):
    """What is wrong with an attribute."""

    CONTAINER = "container"
    TENSOR = "tensor"
    COMPUTED = "computed"


class Untracked(NamedTuple):
    """An attribute that the framework does not see."""

    sort: Sort
    attribute: str
    class_name: str
    module: SourceModule
    statement: SourceLocation
    """The assignment; its `function` is the method."""
    others: tuple[tuple[SourceModule, SourceLocation], ...]
    """Further ones, of which a condition or a base decides."""
    container: str
    """`list`, `tuple`, `set` or `dict`; `container` where a function makes it. Else empty."""
    holds: tuple[Held, ...]
    """What in it learns."""
    wraps: bool
    """Whether a tracked container can stand in its place: nothing else is in it, and what is done
    with it can be done with that as well.
    """
    used: SourceLocation
    """Where the module computes with it."""
    certain: bool


_SIGNS: Final = {Sort.CONTAINER: CONTAINER, Sort.TENSOR: TENSOR, Sort.COMPUTED: PARAMETER}
_GROWN: Final = GROWS.keys() | {"item", "augmented"}
_REPLACES: Final = {
    "__setattr__", "__getattr__", "__getattribute__", "parameters", "named_parameters", "_apply",
    "modules", "named_modules", "children", "named_children", "get_parameters",
}  # fmt: skip
"""Methods by which a class can make the framework, or its optimizer, see more than it does."""


def untracked(project: Project, sort: Sort) -> Iterator[Untracked]:
    """Every such attribute of the project's classes, in order, each statement once."""
    seen: set[tuple[str, int, str]] = set()
    for line in _candidates(project, _SIGNS[sort]):
        for found in _in_class(project, line, sort):
            key = (found.module.path, found.statement.line, found.attribute)
            if key not in seen:
                seen.add(key)
                yield found


def _candidates(project: Project, sign: str) -> Iterator[Lineage]:
    """The modules that show a sign, those that inherit it in their file, and those elsewhere that
    inherit a mixin of such.
    """
    wanted = {sign} | (project.kept if sign == CONTAINER else frozenset())
    mixins: set[str] = set()
    for path in project.files(sign):
        facts = project.facts(path)
        for cls in _showing(facts, wanted) if facts is not None else ():
            line = lineage(project, path, cls.qualname)
            if line is not None and line.is_a(Base.TORCH):
                yield line
            else:
                mixins.add(cls.qualname.rpartition(".")[2])
    if not mixins:
        return
    for path in project.files(*(BASE + name for name in mixins)):
        facts = project.facts(path)
        for cls in facts.classes if facts is not None else ():
            if any(base.rpartition(".")[2] in mixins for base in cls.bases):
                line = lineage(project, path, cls.qualname)
                if line is not None and line.is_a(Base.TORCH):
                    yield line


def _showing(facts: FileFacts, wanted: set[str]) -> list[ClassFacts]:
    """The classes of a file that show a sign, and those that inherit from them there."""
    names = {c.qualname.rpartition(".")[2] for c in facts.classes if signs_of_class(c) & wanted}
    more = True
    while more:
        heirs = {
            c.qualname.rpartition(".")[2]
            for c in facts.classes
            if any(base.rpartition(".")[2] in names for base in c.bases)
        }
        more = not heirs <= names
        names |= heirs
    return [c for c in facts.classes if c.qualname.rpartition(".")[2] in names]


def _in_class(project: Project, line: Lineage, sort: Sort) -> Iterator[Untracked]:
    if any(m.name in _REPLACES for k in line.classes for m in k.facts.methods):
        return
    groups: dict[str, list[Stored]] = {}
    for stored in stores_of(line):
        groups.setdefault(stored.store.attribute, []).append(stored)
    patterns = [name for name in groups if "*" in name]
    constructors = setting_up(line)
    for attribute, group in groups.items():
        # `setattr(self, name, ...)` may store it once more.
        if any(fnmatchcase(attribute, pattern) for pattern in patterns):
            continue
        if any(s.store.method not in constructors for s in group):
            continue
        if not project.is_own(group[0].known.path):
            continue
        found = _judged(project, line, sort, group)
        if found is not None:
            yield from _looked_at(project, line, sort, group, found)


class _Judged(NamedTuple):
    place: Stored
    holds: tuple[Held, ...]
    only: bool
    """Whether nothing else is held."""
    certain: bool


def _judged(project: Project, line: Lineage, sort: Sort, group: list[Stored]) -> _Judged | None:
    assigned = [s for s in group if s.store.how in ("assign", "setattr")]
    if not assigned or any(s.store.how not in ("assign", "setattr", *_GROWN) for s in group):
        return None
    made: Alternatives = tuple(
        held
        for s in assigned
        for held in made_by(project, Place(s.known.path, s.known, line), s.store.term)
    )
    made = tuple(held for held in made if held.what is not Holds.NOTHING)
    place = assigned[-1]
    if sort is Sort.CONTAINER:
        if not made or any(held.what is not Holds.CONTAINER for held in made):
            return None
        items = [i for held in made for i in held.items]
        for s in group:
            if s.store.how in _GROWN:
                items += items_of(project, Place(s.known.path, s.known, line), (s.store.term,))
        flat = list(_flat(items))
        learning = tuple(dict.fromkeys(h for h in flat if _learns(h)))
        kinds = {Holds.TRACKED if h.what is Holds.MODULE else h.what for h in flat}
        only = kinds - {Holds.CONTAINER} in ({Holds.TRACKED}, {Holds.PARAMETER})
        return _Judged(place, learning, only, True) if learning else None
    if len(made) != 1 or len(group) != 1:
        return None
    (held,) = made
    if sort is Sort.TENSOR and held.what is Holds.TENSOR and held.learns is True:
        return _Judged(place, made, True, True)
    if sort is Sort.COMPUTED and held.what is Holds.COMPUTED:
        return _Judged(place, made, True, held.learns is True)
    return None


def _flat(items: list[Held]) -> Iterator[Held]:
    todo = list(items)
    while todo:
        held = todo.pop(0)
        yield held
        todo.extend(held.items if held.what is Holds.CONTAINER else ())


def _learns(held: Held) -> bool:
    if held.what is Holds.TRACKED:
        return any(i.learns for i in _flat(list(held.items)))
    return held.what in (Holds.PARAMETER, Holds.MODULE) and held.learns is True


def _looked_at(
    project: Project, line: Lineage, sort: Sort, group: list[Stored], judged: _Judged
) -> Iterator[Untracked]:
    """The same question once more, of the parsed files."""
    known, store = judged.place
    attribute = store.attribute
    constructors = setting_up(line)
    computing = {m.name for m in reached_from(line, COMPUTES)} - constructors
    every = uses(project, line, attribute)
    module = project.module(known.path)
    if not every or module is None:
        return
    early = [u for u in every if u.method.name in constructors]
    late = [u for u in every if u.method.name in computing and not without_gradient(u)]
    is_list = sort is Sort.CONTAINER
    if not late or not all(grows(u) or starts_each(u) if is_list else starts(u) for u in early):
        return
    statement = statement_in(module, store.span)
    if statement is None or not isinstance(statement, (ast.Assign, ast.AnnAssign, ast.Expr)):
        return
    if handed_over(project, line, attribute, every, group):
        return
    container = _container_name(judged.place) if sort is Sort.CONTAINER else ""
    others = tuple(_assigned_too(project, group, judged.place))
    first: Use = min(late, key=lambda u: (u.node.lineno, u.node.col_offset))
    yield Untracked(
        sort,
        attribute,
        known.facts.qualname,
        module,
        module.span(statement),
        others,
        container,
        judged.holds,
        judged.only and _wraps(container, group, every),
        first.module.span(first.node),
        judged.certain,
    )


def _assigned_too(
    project: Project, group: list[Stored], place: Stored
) -> Iterator[tuple[SourceModule, SourceLocation]]:
    for stored in group:
        module = project.module(stored.known.path)
        if stored is place or stored.store.how not in ("assign", "setattr") or module is None:
            continue
        statement = statement_in(module, stored.store.span)
        if statement is not None and not _is_none(statement):
            yield module, module.span(statement)


def _is_none(statement: ast.stmt) -> bool:
    value = getattr(statement, "value", None)
    return isinstance(value, ast.Constant) and value.value is None


_LIKE_TRACKED: Final = {
    "append", "extend", "insert", "pop", "items", "keys", "values", "update",
}  # fmt: skip
"""What both a plain container and a tracked one can do."""


def _wraps(container: str, group: list[Stored], every: list[Use]) -> bool:
    if container == "dict" and any(s.store.how in _GROWN for s in group):
        return False  # the keys of a `ModuleDict` are strings, and these may be anything
    if container == "set" or any(s.store.how in ("add", "appendleft") for s in group):
        return False
    outer = (use.module.parent(use.node) for use in every)
    return all(o.attr in _LIKE_TRACKED for o in outer if isinstance(o, ast.Attribute))


def _container_name(place: Stored) -> str:
    kinds = {"list": "list", "tuple": "tuple", "set": "set", "dict": "dict", "OrderedDict": "dict"}
    term = place.store.term
    name = term.name.rpartition(".")[2] if term.kind == "call" else term.kind
    return kinds.get(name, "container")
