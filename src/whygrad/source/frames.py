"""One place of a call stack as its file shows it, and how two of them lie to each other."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from whygrad.model.source import SourceLocation
from whygrad.source.calls import owner_name
from whygrad.source.files import Sources
from whygrad.source.module import Scope, SourceModule
from whygrad.source.variables import local_names


@dataclass(frozen=True, slots=True)
class Frame:
    """One place of a call stack, as its file shows it."""

    module: SourceModule
    place: SourceLocation
    statement: ast.stmt
    node: ast.AST | None
    scope: Scope
    in_lambda: bool


def read_frame(sources: Sources, place: SourceLocation) -> Frame | None:
    """The frame at a place; None where its file cannot be read."""
    module = sources.module(place.path)
    statement = module.statement_of(place) if module is not None else None
    if module is None or statement is None:
        return None
    scope = module.enclosing_scope(place.line, place.column)
    in_lambda = isinstance(scope.node, ast.Lambda)
    while scope.parent is not None and isinstance(scope.node, ast.Lambda | ast.ClassDef):
        scope = scope.parent
    node = module.expression_at(place) or value_of(statement)
    return Frame(module, place, statement, node, scope, in_lambda)


def value_of(statement: ast.stmt) -> ast.AST | None:
    """The expression that a statement evaluates, for places without columns."""
    for name in ("value", "test", "iter", "subject", "exc"):
        found = getattr(statement, name, None)
        if isinstance(found, ast.expr):
            return found
    items = getattr(statement, "items", None)
    return items[0].context_expr if items else None


def covers(outer: Frame, inner: Frame) -> bool:
    """Whether `inner` stands in a comprehension that `outer` runs."""
    if outer.module is not inner.module or outer.node is None or inner.node is None:
        return False
    if outer.node is inner.node or not isinstance(
        outer.node, (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)
    ):
        return False
    return any(node is inner.node for node in ast.walk(outer.node))


def written_out(target: Frame, numbers: Sequence[float]) -> bool:
    """Whether every number that came back is written at the place itself."""
    if not numbers or target.node is None:
        return False
    constants = (n.value for n in ast.walk(target.node) if isinstance(n, ast.Constant))
    written = {abs(value) for value in constants if isinstance(value, (int, float))}
    return all(abs(number) in written for number in numbers)


def is_number(node: ast.AST) -> bool:
    if isinstance(node, ast.UnaryOp):
        node = node.operand
    return isinstance(node, ast.Constant) and isinstance(node.value, (int, float))


def is_inside(scope: Scope, outer: Scope) -> bool:
    inner: Scope | None = scope.parent
    while inner is not None:
        if inner is outer:
            return True
        inner = inner.parent
    return False


def bound_between(scope: Scope, outer: Scope) -> set[str]:
    """The names that hide those of `outer` from code in `scope`."""
    hidden: set[str] = set()
    inner: Scope | None = scope
    while inner is not None and inner is not outer:
        if inner.is_function:
            hidden |= local_names(inner)
        inner = inner.parent
    return hidden


def class_and_self(scope: Scope) -> tuple[Scope, str] | None:
    """The class of a method, or of the method around a nested function, and its `self`."""
    inner: Scope | None = scope
    while inner is not None:
        owner = owner_name(inner)
        if owner is not None and inner.parent is not None:
            return inner.parent, owner
        inner = inner.parent
    return None
