"""Whether something could reach the framework or an optimizer in another way than its attribute."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from typing import Final, TypeGuard

from whygrad.source.attributes import methods
from whygrad.source.classes.bases import Lineage, lineage
from whygrad.source.classes.methods import Stored
from whygrad.source.classes.placed import statement_in
from whygrad.source.classes.uses import Use, local_uses
from whygrad.source.expressions import dotted
from whygrad.source.facts.stores import GROWS
from whygrad.source.facts.terms import OPERATES
from whygrad.source.module import Function, SourceModule
from whygrad.source.project.project import Project

_OPTIMIZES: Final = re.compile(r"param|optim|\b(?:Adam|SGD|RMSprop|LBFGS|Adagrad|Adadelta)")
_HANDS_ON: Final = {
    "list", "tuple", "set", "dict", "OrderedDict", "deque", "reversed", "sorted", "Sequential",
    "zip", "enumerate", "chain", "setattr",
}  # fmt: skip
_HOLDERS: Final = (
    ast.Starred, ast.Subscript, ast.Attribute, ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Expr,
)  # fmt: skip
_LISTS: Final = re.compile(
    r"\b(?:named_)?parameters\(|add_module|register_module|_modules|\bsetattr\("
)


def handed_over(
    project: Project, line: Lineage, attribute: str, every: Sequence[Use], group: Sequence[Stored]
) -> bool:
    """Whether the attribute, or what is put into it, is also handed on under another name."""
    for use in every:
        if _lists_parameters(use):
            return True
    for stored in group:
        module = project.module(stored.known.path)
        cls = module.class_named(stored.known.facts.qualname) if module is not None else None
        if module is None or cls is None:
            return True
        for method in methods(cls):
            if method.name == stored.store.method and _kept_twice(module, method, stored):
                return True
    return _asked_from_outside(project, line, attribute)


def _lists_parameters(use: Use) -> bool:
    """Where it is used, a method speaks of parameters: it may make the list that is optimised."""
    text = use.module.segment(use.method)
    return _LISTS.search(text) is not None


def _kept_twice(module: SourceModule, method: Function, stored: Stored) -> bool:
    """A local name goes into the attribute and somewhere else as well."""
    statement = statement_in(module, stored.store.span)
    if statement is None:
        return True
    names = _content(statement) & _bound(method)
    seen: set[str] = set()
    while names - seen:
        name = (names - seen).pop()
        seen.add(name)
        for node in local_uses(module, method, name):
            holder = statement_of(module, node)
            if holder is statement:
                continue
            grown = _grows_into(module, node)
            if grown is not None:
                # `layers.append(layer)`: then `layer` is in it, too.
                names |= grown & _bound(method)
            elif not _harmless(module, node):
                return True
    return False


def _content(root: ast.stmt | ast.expr) -> set[str]:
    """The names whose values end up in what is stored, not those of sizes and loops."""
    found: set[str] = set()
    todo: list[ast.AST | None] = [root]
    while todo:
        node = todo.pop()
        if isinstance(node, ast.Name):
            found.add(node.id)
        elif isinstance(node, (ast.List, ast.Tuple, ast.Set)):
            todo += node.elts
        elif isinstance(node, ast.Dict):
            todo += node.values
        elif isinstance(node, (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)):
            made = node.value if isinstance(node, ast.DictComp) else node.elt
            todo.append(made)
            loops = {n.id for g in node.generators for n in ast.walk(g.target) if _named(n)}
            if _content(made) & loops:
                todo += [g.iter for g in node.generators]
        elif isinstance(node, ast.IfExp):
            todo += [node.body, node.orelse]
        elif isinstance(node, ast.BinOp):
            todo += [node.left, node.right]
        elif isinstance(node, _HOLDERS):
            todo.append(node.value)
        elif isinstance(node, ast.Call):
            todo += [node.func.value] if isinstance(node.func, ast.Attribute) else []
            todo += node.args if _hands_on(node) else []
    return found


def _named(node: ast.AST) -> TypeGuard[ast.Name]:
    return isinstance(node, ast.Name)


def _hands_on(call: ast.Call) -> bool:
    """Whether a call's result is, or holds, what it is given, or is computed from it."""
    last = (dotted(call.func) or "").rpartition(".")[2]
    return last in _HANDS_ON or last in GROWS or last in OPERATES


def _bound(method: Function) -> frozenset[str]:
    return frozenset(
        n.id for n in ast.walk(method) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
    )


def _grows_into(module: SourceModule, node: ast.Name) -> set[str] | None:
    """The names that go into a container by this use of its name; None where it is another use."""
    outer = module.parent(node)
    if isinstance(outer, ast.Attribute) and outer.attr in GROWS:
        call = module.parent(outer)
        if isinstance(call, ast.Call) and call.func is outer:
            return {name for a in call.args for name in _content(a)}
    if isinstance(outer, ast.Subscript) and isinstance(outer.ctx, ast.Store):
        holder = statement_of(module, node)
        value = getattr(holder, "value", None)
        if isinstance(value, ast.expr):
            return _content(value)
    return None


def _harmless(module: SourceModule, node: ast.Name) -> bool:
    """A use that hands the thing to nobody: its size, its weights' start, a test."""
    outer = module.parent(node)
    if isinstance(outer, ast.Attribute):
        return outer.attr not in ("parameters", "named_parameters", "modules", "children")
    if isinstance(outer, ast.Call):
        text = dotted(outer.func) or ""
        if text.rpartition(".")[2] in GROWS and node in outer.args:
            return True  # its container is looked at by its own name
        return text in ("len", "range", "print", "isinstance") or "init" in text
    return isinstance(
        outer, (ast.BinOp, ast.Compare, ast.If, ast.For, ast.UnaryOp, ast.FormattedValue)
    ) and not isinstance(getattr(outer, "iter", None), ast.Name)


def statement_of(module: SourceModule, node: ast.AST) -> ast.stmt | None:
    """The innermost statement around a node."""
    current: ast.AST | None = node
    while current is not None and not isinstance(current, ast.stmt):
        current = module.parent(current)
    return current


def _asked_from_outside(project: Project, line: Lineage, attribute: str) -> bool:
    """`Adam([*model.a.parameters(), *model.layers])` somewhere else: an optimizer may hold it."""
    for path in project.files():
        text = project.text(path)
        if f".{attribute}" not in text or not _OPTIMIZES.search(text):
            continue
        module = project.module(path)
        if module is None:
            return True
        for node in module.attributes.get(attribute, ()):
            statement = statement_of(module, node)
            if isinstance(node.ctx, ast.Store) or statement is None:
                continue
            said = module.segment(statement).replace("reset_parameters", "")
            if _OPTIMIZES.search(said) and may_be(project, line, path, node):
                return True
    return False


def may_be(project: Project, line: Lineage, path: str, node: ast.Attribute) -> bool:
    """Whether `node` may be an attribute of the class: `self.x` of another class is not."""
    module = project.module(path)
    if module is None or not isinstance(node.value, ast.Name) or node.value.id != "self":
        return True
    scope = module.enclosing_class(node.lineno)
    other = lineage(project, path, scope.qualname) if scope is not None else None
    own = line.classes[0]
    return other is None or any(
        (k.path, k.facts.qualname) == (own.path, own.facts.qualname) for k in other.classes
    )
