"""Edits that keep an op's operand off the place where the op has no finite value or slope."""

from __future__ import annotations

import ast

from whygrad.model.source import SourceLocation
from whygrad.source.expressions import dotted
from whygrad.source.module import SourceModule
from whygrad.source.splice import Edits, checked, replace

_ROOMS = frozenset({"torch", "F", "nn", "tf", "math", "np", "numpy", "jnp", "jax", "keras", "ops"})
_ATOMS = (ast.Name, ast.Attribute, ast.Call, ast.Subscript)


def guard_operand(
    module: SourceModule, place: SourceLocation, name: str, template: str, position: int = 0
) -> Edits | None:
    """Put an operand of the op `name` at `place` into `template`, where `{}` stands for it.

    Inside a branch of `where(cond, a, b)` the operand is chosen by the same condition instead:
    nothing that is done to the result of an op takes its slope away.
    """
    node = module.expression_at(place)
    operand = operand_of(node, position)
    if node is None or operand is None or not _is_written(node, name):
        return None
    text = module.segment(operand)
    branch = _branch(module, node)
    if branch is not None:
        condition, taken = branch
        safe = f"torch.ones_like({text})"
        chosen = (text, safe) if taken else (safe, text)
        text = f"torch.where({module.segment(condition)}, {chosen[0]}, {chosen[1]})"
    else:
        bare = isinstance(operand, _ATOMS) or not template.startswith("{}")
        text = template.replace("{}", text if bare else f"({text})")
        # `a + e` in place of the base of a power or a method's object needs its brackets.
        if "{}" in template and " + " in template and _binds_tighter(module, operand):
            text = f"({text})"
    return checked(module, [replace(module, operand, text)])


def _is_written(node: ast.expr, name: str) -> bool:
    """Whether the expression is the op itself, not a layer that runs it somewhere inside."""
    if isinstance(node, ast.BinOp):
        return isinstance(node.op, (ast.Div, ast.Pow))
    if not isinstance(node, ast.Call):
        return False
    return isinstance(node.func, (ast.Name, ast.Attribute)) and _last(node.func) == name.strip("_")


def _last(node: ast.Name | ast.Attribute) -> str:
    return (node.id if isinstance(node, ast.Name) else node.attr).strip("_")


def operand_of(node: ast.expr | None, position: int = 0) -> ast.expr | None:
    """The operand of a call, a method or an arithmetic expression, counted from 0."""
    if isinstance(node, ast.BinOp):
        return (node.left, node.right)[position] if position < 2 else None
    if not isinstance(node, ast.Call):
        return None
    operands = list(node.args)
    if isinstance(node.func, ast.Attribute):
        root = (dotted(node.func.value) or "").partition(".")[0]
        if root not in _ROOMS:
            operands.insert(0, node.func.value)
    if position >= len(operands) or any(isinstance(a, ast.Starred) for a in node.args):
        return None
    return operands[position]


def replace_infinity(module: SourceModule, place: SourceLocation, text: str) -> Edits | None:
    """`float("-inf")` or `-torch.inf` among the arguments of the call at a place."""
    node = module.expression_at(place)
    if not isinstance(node, ast.Call):
        return None
    found = [argument for argument in node.args if _is_infinity(argument)]
    return checked(module, [replace(module, found[0], text)]) if len(found) == 1 else None


def _is_infinity(node: ast.expr) -> bool:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        node = node.operand
    if isinstance(node, ast.Call) and dotted(node.func) == "float" and len(node.args) == 1:
        argument = node.args[0]
        return isinstance(argument, ast.Constant) and str(argument.value).lstrip("+-") in (
            "inf",
            "infinity",
        )
    return (dotted(node) or "").rpartition(".")[2] == "inf"


def _branch(module: SourceModule, node: ast.expr) -> tuple[ast.expr, bool] | None:
    """The condition of the `where` that chooses what `node` is part of, and if it is the first."""
    inner: ast.AST = node
    outer = module.parent(node)
    while isinstance(outer, ast.expr):
        if isinstance(outer, ast.Call) and len(outer.args) == 3:
            name = (dotted(outer.func) or "").rpartition(".")[2]
            if name == "where" and any(inner is argument for argument in outer.args[1:]):
                return outer.args[0], inner is outer.args[1]
        inner, outer = outer, module.parent(outer)
    return None


def _binds_tighter(module: SourceModule, operand: ast.expr) -> bool:
    """Whether what surrounds the operand would take only the last part of a sum."""
    outer = module.parent(operand)
    if isinstance(outer, ast.Attribute):
        return True
    return isinstance(outer, ast.BinOp) and not isinstance(outer.op, (ast.Add, ast.Sub))
