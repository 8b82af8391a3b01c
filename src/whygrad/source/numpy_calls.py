"""Where a value is given to NumPy."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from whygrad.model.source import SourceLocation
from whygrad.source.expressions import dotted
from whygrad.source.imports import meaning
from whygrad.source.module import SourceModule

_PACKAGE = "numpy."


def numpy_call(module: SourceModule, place: SourceLocation) -> tuple[str, ast.Call] | None:
    """The first function of NumPy that gets what is made at a place: as it stands, or by the name
    that it is given there. With its name in NumPy.
    """
    node, statement = module.expression_at(place), module.statement_of(place)
    around = module.parent(node) if node is not None else None
    while around is not None and around is not statement:
        name = _function(module, around)
        if name is not None and isinstance(around, ast.Call):
            return name, around
        around = module.parent(around)
    return next(_by_name(module, statement), None)


def _by_name(module: SourceModule, statement: ast.stmt | None) -> Iterator[tuple[str, ast.Call]]:
    if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
        return
    target = statement.targets[0]
    if not isinstance(target, ast.Name):
        return
    scope = module.enclosing_function(statement.lineno)
    after = module.end(statement)
    nodes = [n for n in ast.walk(scope.node if scope is not None else module.tree) if _placed(n)]
    later = sorted((n for n in nodes if module.start(n) >= after), key=module.start)
    for node in later:
        if isinstance(node, ast.Name) and node.id == target.id:
            if isinstance(node.ctx, ast.Store):
                return
        elif isinstance(node, ast.Call) and (name := _function(module, node)):
            given = [*node.args, *(keyword.value for keyword in node.keywords)]
            if any(isinstance(one, ast.Name) and one.id == target.id for one in given):
                yield name, node


def _placed(node: ast.AST) -> bool:
    return isinstance(node, ast.Call | ast.Name)


def _function(module: SourceModule, node: ast.AST) -> str | None:
    if not isinstance(node, ast.Call):
        return None
    name = meaning(module, dotted(node.func), node.lineno)
    return name if name is not None and name.startswith(_PACKAGE) else None
