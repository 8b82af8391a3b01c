"""What the models of TensorFlow, Keras and Flax NNX keep in their attributes, and use.

A class with a base that is not known, or that says itself what is to be trained, is left out.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Final, NamedTuple

from whygrad.model.source import SourceLocation
from whygrad.source.classes.bases import Lineage, lineage
from whygrad.source.classes.held import Alternatives, Holds
from whygrad.source.classes.holding import Place, items_of, made_by
from whygrad.source.classes.keras_layers import is_loss
from whygrad.source.classes.known import Base
from whygrad.source.classes.methods import (
    COMPUTES,
    SETS_UP,
    Stored,
    reached_from,
    setting_up,
    stores_of,
)
from whygrad.source.classes.placed import statement_in
from whygrad.source.classes.taken import outside, taken, written
from whygrad.source.classes.uses import Use, grows, uses
from whygrad.source.expressions import dotted
from whygrad.source.facts.model import Term
from whygrad.source.facts.signs import BASE
from whygrad.source.facts.stores import GROWS
from whygrad.source.facts.words import ELSEWHERE
from whygrad.source.module import SourceModule
from whygrad.source.project.project import Project
from whygrad.source.wrapping import assigned

BASES: Final = frozenset({
    Base.KERAS, Base.KERAS_2, Base.KERAS_LOSS, Base.TENSORFLOW, Base.NNX, Base.EQUINOX,
})  # fmt: skip
_NONE: Final = Term("constant", "None")
_GROWN: Final = GROWS.keys() | {"item", "augmented"}
_SAYS_ITSELF: Final = {
    "__setattr__", "__getattr__", "__getattribute__", "trainable_variables", "trainable_weights",
    "variables", "weights", "_flatten", "get_trainable_variables", "_trainable_variables",
    "_trainable_weights", "parameters", "_collect_trainable_weights", "get_variables",
}  # fmt: skip
"""Methods by which a class says what is to be trained."""
CALLS: Final = frozenset(COMPUTES | {"train_step", "compute_loss", "compute_output", "step"})


class Kept(NamedTuple):
    """One attribute of a model."""

    project: Project
    line: Lineage
    base: Base
    attribute: str
    group: tuple[Stored, ...]
    """All that is stored in it, in constructors and elsewhere."""
    made: Alternatives
    """What its constructors may put there."""

    @property
    def place(self) -> Stored:
        """Where it is made."""
        setup = setting_up(self.line)
        return next(s for s in reversed(self.group) if _assigns(s) and s.store.method in setup)

    @property
    def class_name(self) -> str:
        return self.place.known.facts.qualname

    @property
    def path(self) -> str:
        return self.place.known.path

    @property
    def container(self) -> str:
        """`list`, `dict`, ...; empty where it is none."""
        if self.made[0].what is not Holds.CONTAINER:
            return ""
        term = self.place.store.term
        name = term.name.rpartition(".")[2] if term.kind == "call" else term.kind
        return name if name in ("list", "tuple", "set", "dict", "deque") else "container"

    @property
    def made_once(self) -> bool:
        """Whether constructors alone put something there, in one statement."""
        setup = setting_up(self.line)
        return len(self.group) == 1 and all(s.store.method in setup for s in self.group)


class Seen(NamedTuple):
    """The same looked at closely, in the parsed files."""

    module: SourceModule
    statement: SourceLocation
    value: ast.expr | None
    used: SourceLocation
    use: tuple[SourceModule, ast.expr]


def models(project: Project, bases: frozenset[Base] = BASES) -> Iterator[tuple[Lineage, Base]]:
    """The project's classes that have one of these bases, and no other and no unknown one."""
    mixins: set[str] = set()
    seen: set[tuple[str, str]] = set()
    paths = list(project.files(ELSEWHERE))
    for path in paths:
        facts = project.facts(path)
        for cls in facts.classes if facts is not None else ():
            line = lineage(project, path, cls.qualname)
            base = base_in(line, bases)
            if line is not None and base is not None:
                seen.add((path, cls.qualname))
                yield line, base
            elif line is not None and not line.bases:
                mixins.add(cls.qualname.rpartition(".")[2])
    # No sign at all would ask for every file.
    for path in project.files(*(BASE + name for name in mixins)) if mixins else ():
        facts = project.facts(path)
        for cls in facts.classes if facts is not None else ():
            if (path, cls.qualname) not in seen:
                line = lineage(project, path, cls.qualname)
                base = base_in(line, bases)
                if line is not None and base is not None:
                    yield line, base


def base_in(line: Lineage | None, bases: frozenset[Base] = BASES) -> Base | None:
    """The one base of a class, where all its bases are known."""
    if line is None or not line.complete:
        return None
    if not line.bases and any(map(is_loss, line.outside)):
        return Base.KERAS_LOSS if Base.KERAS_LOSS in bases else None
    if len(line.bases) != 1:
        return None
    (base,) = line.bases
    return base if base in bases else None


def kept(project: Project) -> tuple[Kept, ...]:
    """Every attribute of such classes that the project makes, in order: one of a base once for each
    class that has it, since that may be the one that computes with it.
    """
    if "kept" not in project.answers:
        project.answers["kept"] = tuple(_all_kept(project))
    found: tuple[Kept, ...] = project.answers["kept"]  # type: ignore[assignment]
    return found


def _all_kept(project: Project) -> Iterator[Kept]:
    for line, base in models(project):
        if not any(m.name in _SAYS_ITSELF for k in line.classes for m in k.facts.methods):
            yield from _in_class(project, line, base)


def _in_class(project: Project, line: Lineage, base: Base) -> Iterator[Kept]:
    groups: dict[str, list[Stored]] = {}
    for stored in stores_of(line):
        if stored.store.how != "annotated":  # a field of Equinox, which its constructor fills
            groups.setdefault(stored.store.attribute, []).append(stored)
    patterns = [name for name in groups if "*" in name]
    setup = setting_up(line)
    for attribute, group in groups.items():
        # `setattr(self, name, ...)` may store it once more.
        if any(fnmatchcase(attribute, pattern) for pattern in patterns):
            continue
        # `self.gamma = None`, until it is built.
        group = [s for s in group if s.store.term != _NONE or s.store.method not in setup]
        first = [s for s in group if _assigns(s) and s.store.method in setup]
        if not first or not project.is_own(first[-1].known.path):
            continue
        others = tuple(s for s in group if s not in first)
        for ways in [[s] for s in first] if _either(first) else [first]:
            made = tuple(
                held
                for s in ways
                for held in made_by(project, Place(s.known.path, s.known, line), s.store.term)
                if held.what is not Holds.NOTHING
            )
            if made and all(h.what is not Holds.UNKNOWN for h in made):
                yield Kept(project, line, base, attribute, (*ways, *others), made)


def _either(stored: list[Stored]) -> bool:
    """Whether one of several statements of a method makes it, by a condition."""
    return all(
        s.store.conditional
        and s.known == stored[0].known
        and s.store.method == stored[0].store.method
        for s in stored
    )


def _assigns(stored: Stored) -> bool:
    return stored.store.how in ("assign", "setattr")


def put_into(one: Kept) -> Alternatives:
    """What is put into a container after it was made."""
    return tuple(
        held
        for s in one.group
        if s.store.how in _GROWN
        for held in items_of(one.project, Place(s.known.path, s.known, one.line), (s.store.term,))
    )


def only_grows(one: Kept) -> bool:
    """Whether all that is stored is made in constructors, or put into it there."""
    setup = setting_up(one.line)
    return all(
        (_assigns(s) or s.store.how in _GROWN) and s.store.method in setup for s in one.group
    )


def value_of(one: Kept) -> ast.expr | None:
    """What it is made of, as it is written."""
    module = one.project.module(one.path)
    statement = statement_in(module, one.place.store.span) if module is not None else None
    return assigned(module, module.span(statement)) if module and statement else None


def looked_at(one: Kept, *, only_read: bool = True) -> Seen | None:
    """The place where an attribute is made, and one where the model computes with it; None where
    there is none, or where it may be handed on, or written to, in another way. Without `only_read`
    it may be handed on.
    """
    every = uses(one.project, one.line, one.attribute)
    module = one.project.module(one.path)
    if every is None or module is None:
        return None
    setup = setting_up(one.line)
    computing = {m.name for m in reached_from(one.line, CALLS)} - (setup & SETS_UP)
    early = [u for u in every if u.method.name in setup and u.method.name not in computing]
    late = [u for u in every if u.method.name in computing]
    if only_read:
        if not all(_quiet(u) for u in early):
            return None
        if taken(one.project, one.line, one.attribute, every, early):
            return None
    elif written(one.project, one.line, one.attribute, every):
        return None
    statement = statement_in(module, one.place.store.span)
    if statement is None or not isinstance(statement, ast.Assign | ast.AnnAssign | ast.Expr):
        return None
    places = [(u.module, u.node) for u in late if _read(u)]
    places += [(m, n) for m, n, _ in outside(one.project, one.line, one.attribute) if _taped(m)]
    if not places:
        return None
    used = min(places, key=lambda p: (p[0] is not module, p[1].lineno, p[1].col_offset))
    span = module.span(statement)
    return Seen(module, span, assigned(module, span), used[0].span(used[1]), used)


def _taped(module: SourceModule) -> bool:
    return "GradientTape" in module.text


def _read(use: Use) -> bool:
    """Not only `self.gamma.shape`."""
    outer = use.module.parent(use.node)
    return not (isinstance(outer, ast.Attribute) and outer.attr in ("shape", "dtype", "name"))


def _quiet(use: Use) -> bool:
    """A use in a constructor that gives it its numbers, fills it, or asks for its size."""
    if grows(use) or not _read(use):
        return True
    node: ast.AST | None = use.node
    while node is not None and not isinstance(node, ast.stmt):
        node = use.module.parent(node)
    if not isinstance(node, ast.Expr) or not isinstance(node.value, ast.Call):
        return False
    text = dotted(node.value.func) or ""
    return text == "print" or text.endswith((".assign", ".build"))
