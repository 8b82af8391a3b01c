"""Keeping a tensor that left as a number, where all that happens to the number is arithmetic."""

from __future__ import annotations

import ast
from typing import Final

from whygrad.model.source import SourceLocation
from whygrad.source.dropping import drop_cut, drop_rewrap
from whygrad.source.expressions import dotted
from whygrad.source.imports import meaning
from whygrad.source.module import SourceModule
from whygrad.source.splice import Edits, checked, node_in, replace

_EXITS: Final = frozenset({"item", "float"})
_ARITHMETIC: Final = (ast.BinOp, ast.UnaryOp)
_TAKES_TENSORS: Final = ("tensorflow.", "tf_keras.", "keras.")
_MAKES_TENSORS: Final = {"constant", "convert_to_tensor"}
_TAKES_ARRAYS: Final = {"Variable", "py_function", "numpy_function", "Dataset", "fit", "predict"}
_SHOWS: Final = {"print", "info", "debug", "warning", "log", "add_scalar", "set_postfix"}
"""Calls that take a tensor of one element as well as a number."""


def drop_exit(
    module: SourceModule, place: SourceLocation, back: SourceLocation | None
) -> Edits | None:
    """`loss + 0.1 * x.item()` to `loss + 0.1 * x`, and `torch.tensor(x.item())` to `x`.

    `back` is where the number came back. None where something in between takes numbers only.
    """
    node = module.expression_at(place)
    if node is None or back is None or back.path != place.path:
        return None
    statement, target = module.statement_of(place), module.statement_of(back)
    if statement is None or target is None:
        return None
    if statement is target:
        return _in_one_statement(module, place, back, node)
    end = module.expression_at(back)
    if not _is_arithmetic(end, target):
        return None
    name = _assigned_name(module, node, statement)
    if name is None or not _only_computes(module, name, statement, end):
        return None
    return drop_cut(module, place, _EXITS)


def drop_array(module: SourceModule, place: SourceLocation) -> Edits | None:
    """`tf.reduce_mean(h.numpy())` to `tf.reduce_mean(h)`, and `tf.constant(h.numpy())` to `h`:
    where the array goes straight back into TensorFlow, which takes a tensor there as well.
    """
    nodes = [node for node in node_in(module, place, (ast.Call,)) if _is_array(node)]
    if len(nodes) != 1 and (not nodes or module.expression_at(place) is not nodes[0]):
        return None
    node = nodes[0]
    assert isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    outer = module.parent(node)
    while isinstance(outer, _ARITHMETIC):
        outer = module.parent(outer)
    if not isinstance(outer, ast.Call):
        return None
    written = dotted(outer.func) or ""
    meant = meaning(module, written, outer.lineno) or written
    last = meant.rpartition(".")[2]
    if not meant.startswith(_TAKES_TENSORS) or _TAKES_ARRAYS & set(meant.split(".")):
        return None
    text = module.segment(node.func.value)
    alone = outer.args == [node] and not outer.keywords
    if last in _MAKES_TENSORS:
        return checked(module, [replace(module, outer, text)]) if alone else None
    return checked(module, [replace(module, node, text)])


def _is_array(node: ast.AST) -> bool:
    """`h.numpy()`"""
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "numpy"
        and not (node.args or node.keywords)
    )


def _in_one_statement(
    module: SourceModule, place: SourceLocation, back: SourceLocation, node: ast.expr
) -> Edits | None:
    end = module.expression_at(back)
    if end is not None and end is not node:
        rewrapped = drop_rewrap(module, back)
        if rewrapped is not None:
            return rewrapped
    outer = module.parent(node)
    while isinstance(outer, _ARITHMETIC) and outer is not end:
        outer = module.parent(outer)
    if outer is end or (end is None and isinstance(outer, ast.AugAssign)):
        return drop_cut(module, place, _EXITS) if _is_arithmetic(end, outer) else None
    return None


def _is_arithmetic(node: ast.AST | None, statement: ast.AST | None) -> bool:
    return isinstance(node, _ARITHMETIC) or (node is None and isinstance(statement, ast.AugAssign))


def _assigned_name(module: SourceModule, node: ast.expr, statement: ast.stmt) -> str | None:
    """The plain name that holds the number, if only arithmetic stands between."""
    outer = module.parent(node)
    while isinstance(outer, _ARITHMETIC):
        outer = module.parent(outer)
    if outer is not statement:
        return None
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        target: ast.expr = statement.targets[0]
    elif isinstance(statement, ast.AugAssign):
        target = statement.target
    else:
        return None
    return target.id if isinstance(target, ast.Name) else None


def _only_computes(
    module: SourceModule, name: str, statement: ast.stmt, end: ast.AST | None
) -> bool:
    """Whether the function does nothing with the name but arithmetic and showing it."""
    scope = module.enclosing_scope(statement.lineno)
    names, known = {name}, set[str]()
    while names - known:
        known |= names
        for node in ast.walk(scope.node):
            if not isinstance(node, ast.Name) or node.id not in known:
                continue
            if not isinstance(node.ctx, ast.Load):
                continue
            more = _use(module, node, end)
            if more is None:
                return False
            names |= more
    return True


def _use(module: SourceModule, node: ast.expr, end: ast.AST | None) -> set[str] | None:
    """The names that a use makes of it; None where it is more than arithmetic. Behind `end`,
    where the number came back, all is tensors anyway.
    """
    outer = module.parent(node)
    while isinstance(outer, _ARITHMETIC):
        if outer is end:
            return set()
        outer = module.parent(outer)
    if isinstance(outer, (ast.FormattedValue, ast.Compare, ast.Expr)):
        return set()
    if isinstance(outer, ast.Call):
        shown = (dotted(outer.func) or "").rpartition(".")[2] in _SHOWS
        return set() if shown else None
    if isinstance(outer, ast.Assign) and len(outer.targets) == 1:
        target: ast.expr | None = outer.targets[0]
    else:
        target = outer.target if isinstance(outer, ast.AugAssign) else None
    return {target.id} if isinstance(target, ast.Name) else None
