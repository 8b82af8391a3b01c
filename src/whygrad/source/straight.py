"""The edit that lets gradient pass a rounding: a straight-through estimator around it."""

from __future__ import annotations

import ast
from typing import Final

from whygrad.model.source import SourceLocation
from whygrad.source.expressions import dotted
from whygrad.source.imports import meaning, spelled
from whygrad.source.module import SourceModule
from whygrad.source.splice import Edits, checked, node_in, replace

_ROUNDS: Final = frozenset({"round", "floor", "ceil", "trunc", "rint", "sign"})
_STOPS: Final = {
    "torch": "",
    "tensorflow": "tensorflow.stop_gradient",
    "keras": "keras.ops.stop_gradient",
    "jax": "jax.lax.stop_gradient",
}
"""What stops the gradient of the difference; PyTorch's is a method."""
_ALIASES: Final = {"tensorflow": "tf", "keras.ops": "ops", "jax.lax": "lax"}
_PLAIN: Final = (
    ast.Name, ast.Attribute, ast.Constant, ast.BinOp, ast.UnaryOp, ast.Subscript, ast.operator,
    ast.unaryop, ast.expr_context, ast.Slice,
)  # fmt: skip
"""What may be written, and computed, twice."""


def straight_through(module: SourceModule, place: SourceLocation) -> Edits | None:
    """`torch.round(x)` to `x + (torch.round(x) - x).detach()`, in the framework's own words."""
    nodes = [node for node in node_in(module, place, (ast.Call,)) if _rounded(module, node)]
    exact = module.expression_at(place)
    if not nodes or (len(nodes) > 1 and nodes[0] is not exact):
        return None
    node = nodes[0]
    found = _rounded(module, node)
    if found is None or not all(isinstance(n, _PLAIN) for n in ast.walk(found[0])):
        return None
    value, framework = found
    text = module.segment(value)
    inner = text if not isinstance(value, ast.BinOp | ast.UnaryOp) else f"({text})"
    difference = f"{module.segment(node)} - {inner}"
    stop, edits = _STOPS[framework], []
    if not stop:
        passed = f"({difference}).detach()"
    else:
        package = stop.rpartition(".")[0]
        spelling = spelled(module, stop, place.line, alias=_ALIASES[package])
        passed = f"{spelling.text}({difference})"
        edits = [spelling.edit] if spelling.edit is not None else []
    new = f"{inner} + {passed}"
    if not _stands_alone(module, node):
        new = f"({new})"
    return checked(module, [*edits, replace(module, node, new)])


def _rounded(module: SourceModule, node: ast.AST) -> tuple[ast.expr, str] | None:
    """What a call rounds, and whose call it is; None where it is anything else."""
    if not isinstance(node, ast.Call) or node.keywords or len(node.args) > 1:
        return None
    written = dotted(node.func)
    meant = meaning(module, written, node.lineno)
    if meant is not None and node.args and meant.rpartition(".")[2] in _ROUNDS:
        framework = meant.partition(".")[0]
        return (node.args[0], framework) if framework in _STOPS else None
    # `x.round()`: of what PyTorch computes; other frameworks have no such methods.
    method = isinstance(node.func, ast.Attribute) and node.func.attr in _ROUNDS and meant is None
    if method and not node.args and isinstance(node.func, ast.Attribute):
        return node.func.value, "torch"
    return None


def _stands_alone(module: SourceModule, node: ast.expr) -> bool:
    """Whether nothing binds tighter around it than a sum does."""
    outer = module.parent(node)
    if isinstance(outer, ast.Call):
        return node in outer.args
    return isinstance(outer, ast.Assign | ast.AnnAssign | ast.Return | ast.keyword | ast.Tuple)
