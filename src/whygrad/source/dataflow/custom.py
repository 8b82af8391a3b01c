"""Functions with a gradient of their own: which of their arguments certainly get none."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Final

from whygrad.source.expressions import dotted
from whygrad.source.module import Function, SourceModule

_ZEROS: Final = ("zeros_like", "zeros")


def without_gradient(node: Function) -> tuple[bool, ...]:
    """Which arguments of a function under `tf.custom_gradient` always get None or zeros."""
    returns = [r for r in _returns(node) if isinstance(r.value, ast.Tuple)]
    if len(returns) != 1 or not isinstance(returns[0].value, ast.Tuple):
        return ()
    elements = returns[0].value.elts
    name = elements[1] if len(elements) == 2 else None
    inner = [
        s
        for s in node.body
        if isinstance(s, Function) and isinstance(name, ast.Name) and s.name == name.id
    ]
    if isinstance(name, ast.Lambda):
        return _zeros(name.body, node)
    return _of_backward(inner[0], node) if len(inner) == 1 else ()


def _of_backward(backward: Function, forward: Function) -> tuple[bool, ...]:
    returns = [_zeros(r.value, forward) for r in _returns(backward)]
    if not returns or any(len(r) != len(returns[0]) for r in returns):
        return ()
    return tuple(all(several) for several in zip(*returns, strict=True))


def backward_without(backward: Function, forward: Function) -> tuple[bool, ...]:
    """Of the backward function that `defvjp` was given."""
    return _of_backward(backward, forward)


def of_function(forward: Function, backward: Function, *, setup: bool) -> tuple[bool, ...]:
    """Which arguments of `apply` certainly get none, of the two methods of an autograd function."""
    given = forward.args
    if given.vararg is not None or given.kwarg is not None:
        return ()
    count = len(given.posonlyargs) + len(given.args) - (0 if setup else 1)
    returns = [_nothings(r.value, count) for r in _returns(backward)]
    if not returns or any(len(r) != count for r in returns):
        return ()
    return tuple(all(several) for several in zip(*returns, strict=True))


def _nothings(value: ast.expr | None, count: int) -> tuple[bool, ...]:
    if isinstance(value, ast.Tuple):
        spread = any(isinstance(e, ast.Starred) for e in value.elts)
        return () if spread else tuple(_is_nothing(e) for e in value.elts)
    return (value is None or _is_nothing(value),) if count == 1 else ()


def backward_of(module: SourceModule, forward: Function) -> Function | None:
    """What `forward.defvjp(...)` is given in the file, which need not have been followed."""
    rule = f"{forward.name}.defvjp"
    names = [
        dotted(s.value.args[1])
        for s in module.tree.body
        if isinstance(s, ast.Expr) and isinstance(s.value, ast.Call)
        if dotted(s.value.func) == rule and len(s.value.args) == 2
    ]
    found = [s for s in module.tree.body if isinstance(s, Function) and s.name in names]
    return found[0] if len(names) == len(found) == 1 else None


def tangent_without(module: SourceModule, forward: Function) -> tuple[bool, ...]:
    """Of the function under `@forward.defjvp`: all arguments, where its tangent is always zero."""
    rule = f"{forward.name}.defjvp"
    rules = [
        scope.node
        for scope in module.scopes
        if isinstance(scope.node, Function)
        and any(dotted(d) == rule for d in scope.node.decorator_list)
    ]
    returns = [*_returns(rules[0])] if len(rules) == 1 else []
    pairs = [r.value.elts for r in returns if isinstance(r.value, ast.Tuple)]
    if not returns or len(pairs) != len(returns) or any(len(pair) != 2 for pair in pairs):
        return ()
    count = len(forward.args.posonlyargs) + len(forward.args.args)
    return (True,) * count if all(_is_nothing(pair[1]) for pair in pairs) else ()


def _zeros(value: ast.expr | None, forward: Function) -> tuple[bool, ...]:
    """Which of the gradients that are returned are nothing."""
    count = len(forward.args.posonlyargs) + len(forward.args.args)
    if isinstance(value, ast.Tuple) and len(value.elts) == count:
        return tuple(_is_nothing(e) for e in value.elts)
    return (_is_nothing(value),) if count == 1 and value is not None else ()


def _is_nothing(node: ast.expr) -> bool:
    if isinstance(node, ast.Constant):
        return node.value is None
    if not isinstance(node, ast.Call):
        return False
    return (dotted(node.func) or "").rpartition(".")[2] in _ZEROS


def _returns(node: Function) -> Iterator[ast.Return]:
    """The `return` statements of a function itself."""
    todo: list[ast.AST] = list(node.body)
    while todo:
        inner = todo.pop()
        if isinstance(inner, ast.Return):
            yield inner
        elif not isinstance(
            inner, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
        ):
            todo += ast.iter_child_nodes(inner)
