"""What a module of Flax NNX or of Equinox does not find in itself: layers in an object, a `deque`
or a set, which JAX takes for one leaf; arrays in a field that is static.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from whygrad.model.source import SourceLocation
from whygrad.source.classes.held import Held, Holds
from whygrad.source.classes.keeping import Kept, Seen, kept, looked_at, only_grows, put_into
from whygrad.source.classes.known import Base
from whygrad.source.classes.placed import statement_in
from whygrad.source.classes.unkept import Unkept, as_weight, is_meant_fixed
from whygrad.source.expressions import dotted, keyword_of
from whygrad.source.imports import meaning
from whygrad.source.module import SourceModule
from whygrad.source.project.project import Project

_BASES: Final = (Base.NNX, Base.EQUINOX)
_OPAQUE: Final = ("deque", "set")
_REGISTERS: Final = re.compile(
    r"register_(?:pytree|dataclass|static)|\bstruct\b|\bchex\b|PyTreeNode"
)
"""How people make JAX look into objects of their own."""


def hidden(project: Project) -> Iterator[Unkept]:
    """Every such attribute of the project's models, each once."""
    seen: set[tuple[str, int, str]] = set()
    for one in kept(project):
        if one.base not in _BASES or _registers(project):
            continue
        learning = _in_object(one) or _in_container(one)
        found = looked_at(one) if learning else None
        if found is None:
            continue
        key = (one.path, found.statement.line, one.attribute)
        if key not in seen:
            seen.add(key)
            yield Unkept(one, found, learning, True)


class Static(NamedTuple):
    """Random numbers in a field of Equinox that is no part of the model's arrays."""

    kept: Kept
    seen: Seen
    module: SourceModule
    field: SourceLocation
    """Where the field is said to be static."""


def static(project: Project) -> Iterator[Static]:
    """Every such field of which a model makes use as of a weight."""
    for one in kept(project):
        fields = [s for s in one.group if not s.store.method and s.store.term.kind == "call"]
        if one.base is not Base.EQUINOX or len(fields) != 1 or len(one.group) != 2:
            continue
        if any(held.what is not Holds.TENSOR for held in one.made) or is_meant_fixed(one):
            continue
        seen, module = looked_at(one), project.module(fields[0].known.path)
        statement = statement_in(module, fields[0].store.span) if module is not None else None
        if module is None or statement is None or not _is_static(module, statement):
            continue
        if seen is not None and as_weight(seen):
            yield Static(one, seen, module, module.span(statement))


def _is_static(module: SourceModule, statement: ast.stmt) -> bool:
    """`x: Array = eqx.field(static=True)`."""
    call = statement.value if isinstance(statement, ast.AnnAssign) else None
    if not isinstance(call, ast.Call):
        return False
    flag = keyword_of(call, "static")
    meant = meaning(module, dotted(call.func), call.lineno) or ""
    return isinstance(flag, ast.Constant) and flag.value is True and meant.startswith("equinox.")


def _registers(project: Project) -> bool:
    if "registers pytrees" not in project.answers:
        project.answers["registers pytrees"] = any(
            _REGISTERS.search(project.text(path)) for path in project.files()
        )
    return bool(project.answers["registers pytrees"])


def _in_object(one: Kept) -> tuple[Held, ...]:
    opaque = all(held.what is Holds.OTHER and held.learns is True for held in one.made)
    return one.made if opaque and one.made_once else ()


def _in_container(one: Kept) -> tuple[Held, ...]:
    if any(held.what is not Holds.CONTAINER for held in one.made) or not only_grows(one):
        return ()
    if one.container not in _OPAQUE:
        return ()
    items = [item for held in one.made for item in held.items] + list(put_into(one))
    kinds = (Holds.PARAMETER, Holds.MODULE)
    return tuple(h for h in dict.fromkeys(items) if h.what in kinds and h.learns is True)
