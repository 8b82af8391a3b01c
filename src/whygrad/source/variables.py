"""The plain names of a scope: its parameters, what it binds itself, what it imports."""

from __future__ import annotations

import ast

from whygrad.source.expressions import own_nodes
from whygrad.source.module import Scope, SourceModule, statements_below


def parameters(scope: Scope) -> tuple[str, ...]:
    """The names of a function's parameters, in the order of a call; `*args` and `**kwargs` last."""
    if not isinstance(scope.node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
        return ()
    found = scope.node.args
    every = [*found.posonlyargs, *found.args, *found.kwonlyargs]
    every += [a for a in (found.vararg, found.kwarg) if a is not None]
    return tuple(a.arg for a in every)


def positional(scope: Scope) -> tuple[str, ...]:
    """The parameters that a call can fill by position."""
    if not isinstance(scope.node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
        return ()
    return tuple(a.arg for a in (*scope.node.args.posonlyargs, *scope.node.args.args))


def local_names(scope: Scope) -> frozenset[str]:
    """The names that a scope binds itself, parameters included; not those of functions in it."""
    bound = set(parameters(scope))
    outer: set[str] = set()
    for statement in own_statements(scope):
        if isinstance(statement, (ast.Global, ast.Nonlocal)):
            outer.update(statement.names)
        elif isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            bound.add(statement.name)
            continue
        elif isinstance(statement, (ast.Import, ast.ImportFrom)):
            bound.update((a.asname or a.name).split(".")[0] for a in statement.names)
        for node in own_nodes(statement):
            if isinstance(node, ast.Name) and isinstance(node.ctx, (ast.Store, ast.Del)):
                bound.add(node.id)
        bound.update(h.name for h in getattr(statement, "handlers", ()) if h.name)
        for case in getattr(statement, "cases", ()):
            names = (getattr(n, "name", None) for n in ast.walk(case.pattern))
            bound.update(n for n in names if isinstance(n, str))
    return frozenset(bound - outer)


def imported_names(scope: Scope | None) -> frozenset[str]:
    """What is imported in a scope and those around it."""
    found: set[str] = set()
    while scope is not None:
        for statement in own_statements(scope):
            if isinstance(statement, (ast.Import, ast.ImportFrom)):
                found.update((a.asname or a.name).split(".")[0] for a in statement.names)
        scope = scope.parent
    return frozenset(found)


def own_statements(scope: Scope) -> list[ast.stmt]:
    """The statements that run when the scope runs: not those of functions and classes in it."""
    if isinstance(scope.node, ast.Lambda):
        return []
    found: list[ast.stmt] = []
    hidden: set[int] = set()
    for statement in statements_below(scope.node):
        if id(statement) in hidden:
            continue
        found.append(statement)
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            hidden.update(id(s) for s in statements_below(statement))
    return found


def is_read_only_called(module: SourceModule, scope: ast.AST, name: str) -> bool:
    """Whether all that is done with a local name is to call it."""
    nodes = [n for n in ast.walk(scope) if isinstance(n, ast.Name) and n.id == name]
    loads = [n for n in nodes if isinstance(n.ctx, ast.Load)]
    calls = [module.parent(n) for n in loads]
    return bool(loads) and all(
        isinstance(c, ast.Call) and c.func is n for c, n in zip(calls, loads, strict=True)
    )
