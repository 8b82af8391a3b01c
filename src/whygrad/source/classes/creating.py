"""Layers and variables that the call of a model of Keras, TensorFlow or NNX makes anew."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from whygrad.model.source import SourceLocation
from whygrad.source.attributes import methods, self_name
from whygrad.source.classes.bases import Known, Lineage, lineage, resolve_at
from whygrad.source.classes.held import Holds
from whygrad.source.classes.holding import learns
from whygrad.source.classes.keeping import BASES, models
from whygrad.source.classes.known import Base, base_of, has_weights
from whygrad.source.classes.others import ADD_WEIGHT, is_variable
from whygrad.source.classes.resolve import Sort
from whygrad.source.expressions import dotted, keyword_of
from whygrad.source.module import Function, SourceModule
from whygrad.source.project.project import Project
from whygrad.source.variables import is_read_only_called

_CALLS: Final = {
    Base.KERAS: "call", Base.KERAS_2: "call", Base.TENSORFLOW: "__call__", Base.NNX: "__call__",
    Base.EQUINOX: "__call__",
}  # fmt: skip
"""A Keras layer's own `__call__` may run once, when a functional model is put together."""
_BASES: Final = BASES - {Base.KERAS_LOSS}
_GUARDS: Final = (
    ast.If, ast.IfExp, ast.Try, ast.While, ast.ExceptHandler, ast.BoolOp, ast.Lambda, ast.Match,
    ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef,
)  # fmt: skip
_MAKES: Final = re.compile(r"\b[A-Z]\w*\(|\badd_weight\(")
_ONCE: Final = {"once", "compact", "nowrap", "cached", "lru_cache", "cache"}


class Created(NamedTuple):
    """A layer or variable that is made at every call."""

    name: str
    place: SourceLocation
    what: Holds
    base: Base


def created(project: Project) -> Iterator[Created]:
    """Every such expression in the project's own models, each once."""
    seen: set[tuple[str, int, int | None]] = set()
    for line, base in models(project, _BASES):
        for known in line.classes:
            if not project.is_own(known.path):
                continue
            for found in _in_class(project, line, base, known):
                key = (found.place.path, found.place.line, found.place.column)
                if key not in seen:
                    seen.add(key)
                    yield found


def _in_class(project: Project, line: Lineage, base: Base, known: Known) -> Iterator[Created]:
    own = [method for method in known.facts.methods if method.name == _CALLS[base]]
    if not any(_may_make(project, known.path, m.line, m.last_line) for m in own):
        return
    module = project.module(known.path)
    cls = module.class_named(known.facts.qualname) if module is not None else None
    if module is None or cls is None:
        return
    for method in methods(cls):
        once = {(dotted(d) or "").rpartition(".")[2] for d in method.decorator_list} & _ONCE
        if method.name != _CALLS[base] or once:
            continue
        for node in ast.walk(method):
            if not isinstance(node, ast.Call) or _guarded(module, method, node):
                continue
            what = _makes(project, line, known, method, node)
            name = _kept_as(module, method, node, what) if what is not None else None
            if what is not None and name:
                yield Created(name, module.span(node), what, base)


def _may_make(project: Project, path: str, first: int, last: int) -> bool:
    """Whether a class, or `add_weight`, seems to be called between two lines."""
    key = ("lines", path)
    if key not in project.answers:
        project.answers[key] = project.text(path).split("\n")
    lines: list[str] = project.answers[key]  # type: ignore[assignment]
    # A notebook's cells have other lines than its file.
    return path.endswith(".ipynb") or _MAKES.search("\n".join(lines[first - 1 : last])) is not None


def _guarded(module: SourceModule, method: Function, node: ast.Call) -> bool:
    outer = module.parent(node)
    while outer is not None and outer is not method:
        if isinstance(outer, _GUARDS):
            return True
        outer = module.parent(outer)
    return False


def _makes(
    project: Project, line: Lineage, known: Known, method: Function, call: ast.Call
) -> Holds | None:
    """Whether it makes a layer that has weights, or a variable that learns and that depends on
    nothing of this call.
    """
    name = dotted(call.func)
    if name is None or name.partition(".")[0] in _local(method):
        return None
    if name == f"{self_name(method)}.add_weight":
        own = {m.name for k in line.classes for m in k.facts.methods}
        keras = not line.bases.isdisjoint((Base.KERAS, Base.KERAS_2)) and "add_weight" not in own
        return Holds.PARAMETER if keras and _free(call, method) else None
    meanings = resolve_at(project, known, name)
    if not meanings or len(meanings) != 1:
        return None
    (symbol,) = meanings
    if is_variable(symbol.name) and symbol.name != ADD_WEIGHT:
        return Holds.PARAMETER if _free(call, method) else None
    if isinstance(base_of(symbol.name), Base):
        weights = has_weights(symbol.name) or any(
            _makes(project, line, known, method, part) is Holds.MODULE
            for part in _sequence(symbol.name, call)
        )
        return Holds.MODULE if weights and base_of(symbol.name) in _BASES else None
    if symbol.sort is not Sort.CLASS:
        return None
    inner = lineage(project, symbol.path, symbol.qualname)
    if inner is None or inner.bases.isdisjoint(_BASES) or not learns(project, inner):
        return None
    return Holds.MODULE if _free(call, method) else None


def _sequence(name: str, call: ast.Call) -> Iterator[ast.Call]:
    """What is made for a `Sequential`, where it is made itself."""
    if name.rpartition(".")[2] != "Sequential":
        return
    for argument in call.args:
        parts = argument.elts if isinstance(argument, ast.List | ast.Tuple) else [argument]
        yield from (part for part in parts if isinstance(part, ast.Call))


def _local(method: Function) -> set[str]:
    names = {n.id for n in ast.walk(method) if isinstance(n, ast.Name) and _stored(n)}
    given = method.args
    return names | {a.arg for a in [*given.posonlyargs, *given.args[1:], *given.kwonlyargs]}


def _stored(node: ast.Name) -> bool:
    return isinstance(node.ctx, ast.Store)


def _free(call: ast.Call, method: Function) -> bool:
    """Whether what it begins with has nothing to do with what the call was given, and it is not
    said that it is not to learn.
    """
    flag = keyword_of(call, "trainable")
    if flag is not None and not (isinstance(flag, ast.Constant) and flag.value is True):
        return False
    local = _local(method)
    loaded = (n for n in ast.walk(call) if isinstance(n, ast.Name))
    return not any(n.id in local for n in loaded) and not any(k.arg is None for k in call.keywords)


def _kept_as(module: SourceModule, method: Function, call: ast.Call, what: Holds) -> str | None:
    """The name by which a person knows it; None where it may be more than used once."""
    outer = module.parent(call)
    if isinstance(outer, ast.Assign) and len(outer.targets) == 1 and outer.value is call:
        target = outer.targets[0]
        if isinstance(target, ast.Attribute):
            return dotted(target) if dotted(target.value) == self_name(method) else None
        if not isinstance(target, ast.Name) or _bound_twice(method, target.id):
            return None
        once = is_read_only_called if what is Holds.MODULE else _is_read_in_arithmetic
        return target.id if once(module, method, target.id) else None
    if what is Holds.MODULE:
        name = (dotted(call.func) or "").rpartition(".")[2]
        return name if isinstance(outer, ast.Call) and outer.func is call else None
    return "tf.Variable" if isinstance(outer, ast.BinOp) else None


def _bound_twice(method: Function, name: str) -> bool:
    nodes = [n for n in ast.walk(method) if isinstance(n, ast.Name) and n.id == name]
    return sum(map(_stored, nodes)) != 1


def _is_read_in_arithmetic(module: SourceModule, method: Function, name: str) -> bool:
    nodes = [n for n in ast.walk(method) if isinstance(n, ast.Name) and n.id == name]
    outer = [module.parent(n) for n in nodes if not _stored(n)]
    return bool(outer) and all(isinstance(o, ast.BinOp) for o in outer)
