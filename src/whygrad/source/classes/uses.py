"""Every place where a class touches one of its attributes, looked at closely in the parsed file."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Final, NamedTuple

from whygrad.source.attributes import methods, self_name
from whygrad.source.classes.bases import Known, Lineage
from whygrad.source.expressions import dotted
from whygrad.source.facts.stores import GROWS
from whygrad.source.module import Function, SourceModule
from whygrad.source.project.project import Project


class Use(NamedTuple):
    """One `self.<attribute>` that is no plain assignment to it."""

    known: Known
    module: SourceModule
    method: Function
    node: ast.Attribute


def uses(project: Project, line: Lineage, attribute: str) -> list[Use] | None:
    """The uses in a class and its bases; None where one of the files cannot be read again."""
    found: list[Use] = []
    for known in line.classes:
        touched = any(attribute in m.reads for m in known.facts.methods)
        if not touched:
            continue
        module = project.module(known.path)
        cls = module.class_named(known.facts.qualname) if module is not None else None
        if module is None or cls is None:
            return None
        for method in methods(cls):
            name = self_name(method)
            for node in _attributes(method, attribute):
                stored = isinstance(node.ctx, ast.Store | ast.Del)
                if not stored and isinstance(node.value, ast.Name) and node.value.id == name:
                    found.append(Use(known, module, method, node))
    return found


def grows(use: Use) -> bool:
    """`self.layers.append(x)`, `self.layers[i] = x`, `len(self.layers)`: no use of what is in."""
    outer = use.module.parent(use.node)
    if isinstance(outer, ast.Attribute):
        return outer.attr in GROWS and isinstance(use.module.parent(outer), ast.Call)
    if isinstance(outer, ast.Subscript) and outer.value is use.node:
        return isinstance(outer.ctx, ast.Store)
    if isinstance(outer, ast.AugAssign):
        return outer.target is use.node
    return isinstance(outer, ast.Call) and dotted(outer.func) == "len"


_STARTS: Final = {
    "reset_parameters", "_reset_parameters", "init_weights", "_init_weights", "reset", "initialize",
    "initialize_weights", "_initialize_weights", "init_parameters", "_init_parameters",
}  # fmt: skip
"""Methods that give what is there its first numbers."""


def starts(use: Use) -> bool:
    """`nn.init.zeros_(self.w)`, `self.w.data.uniform_(...)`: gives it its first numbers, in a
    statement of its own, so that nothing is kept of it.
    """
    return _is_started(use.module, use.node, use.method.name in _STARTS)


def starts_each(use: Use) -> bool:
    """`for layer in self.layers: layer.reset_parameters()`."""
    outer: ast.AST | None = use.module.parent(use.node)
    while isinstance(outer, ast.Call) and dotted(outer.func) in ("enumerate", "zip", "reversed"):
        outer = use.module.parent(outer)
    if not isinstance(outer, ast.For) or outer.orelse:
        return False
    names = {n.id for n in ast.walk(outer.target) if isinstance(n, ast.Name)}
    nodes = [n for s in outer.body for n in ast.walk(s) if isinstance(n, ast.Name)]
    named = use.method.name in _STARTS
    return all(_is_started(use.module, n, named) for n in nodes if n.id in names)


def _is_started(module: SourceModule, node: ast.AST | None, by_name: bool) -> bool:
    """`by_name`: in a method of which the name says so, `glorot(self.w)` does so as well."""
    while node is not None and not isinstance(node, ast.stmt):
        node = module.parent(node)
    if isinstance(node, ast.If):
        return _only_asks(node.test)
    if not isinstance(node, ast.Expr) or not isinstance(node.value, ast.Call):
        return False
    text = dotted(node.value.func) or ""
    last = text.rpartition(".")[2]
    own = text.partition(".")[0] in ("self", "super")
    return (
        text.endswith("_") or "init" in text or text == "print" or last in _STARTS
        or (by_name and not own and last not in GROWS)
    )  # fmt: skip


def _only_asks(test: ast.expr) -> bool:
    """`isinstance(layer, nn.Linear)`, `hasattr(layer, "bias")`."""
    return isinstance(test, ast.Call) and dotted(test.func) in ("isinstance", "hasattr")


_NO_GRAD: Final = {"no_grad", "inference_mode"}


def without_gradient(use: Use) -> bool:
    """Whether it stands under `torch.no_grad()`, where nothing is learned on purpose."""
    node: ast.AST | None = use.node
    while node is not None:
        switches: list[ast.expr] = []
        if isinstance(node, (ast.With, ast.AsyncWith)):
            switches = [item.context_expr for item in node.items]
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            switches = node.decorator_list
        if any(_is_no_grad(s) for s in switches):
            return True
        node = use.module.parent(node)
    return False


def _is_no_grad(node: ast.expr) -> bool:
    text = dotted(node.func if isinstance(node, ast.Call) else node) or ""
    return text.rpartition(".")[2] in _NO_GRAD


def local_uses(module: SourceModule, method: Function, name: str) -> Iterator[ast.Name]:
    """Every reading of a local name in a method."""
    for node in ast.walk(method):
        if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load):
            yield node


def _attributes(method: Function, attribute: str) -> Iterator[ast.Attribute]:
    for node in ast.walk(method):
        if isinstance(node, ast.Attribute) and node.attr == attribute:
            yield node
