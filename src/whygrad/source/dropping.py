"""Edits that take out what cuts the gradient: a call, a rewrap, a decorator, a `with`."""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Sequence
from typing import Final

from whygrad.model.source import Edit, SourceLocation
from whygrad.source.expressions import argument_of, dotted
from whygrad.source.imports import meaning
from whygrad.source.module import SourceModule
from whygrad.source.splice import (
    Edits,
    checked,
    delete_statement,
    lines_of,
    node_in,
    replace,
)
from whygrad.source.wrapping import base_text

_CUTS: Final = {"detach", "detach_", "item", "data"}
_ARRAYS: Final = {"numpy", "scipy", "matplotlib", "sklearn", "cv2"}
_WEIGHTED: Final = {
    "cross_entropy", "CrossEntropyLoss", "nll_loss", "NLLLoss", "multi_margin_loss",
    "MultiMarginLoss", "binary_cross_entropy", "BCELoss", "binary_cross_entropy_with_logits",
    "BCEWithLogitsLoss",
}  # fmt: skip
_REWRAPS: Final = {"tensor", "as_tensor", "Variable", "Parameter", "FloatTensor", "Tensor"}


def drop_cut(
    module: SourceModule, place: SourceLocation, names: frozenset[str] | None = None
) -> Edits | None:
    """`x.detach()`, `x.data`, `x.item()` or `float(x)` to `x`, where it is clear which is meant.

    `names` narrows what to look for: `{"detach"}`.
    """
    wanted = names or _CUTS | {"float"}
    nodes = [
        node
        for node in node_in(module, place, (ast.Call, ast.Attribute))
        if _cut_name(node) in wanted and not _is_called(module, node)
    ]
    node = _only(module, place, nodes)
    if node is None or _becomes_array(module, node) or _weighs_classes(module, node):
        return None
    statement = module.statement_of(place)
    if isinstance(statement, ast.Expr) and statement.value is node:
        # `x.detach_()` on a line of its own.
        edit = delete_statement(module, statement)
        return checked(module, [edit] if edit is not None else None)
    return _put_in_place(module, statement, node, _uncut_text(module, node))


def weighs_classes(module: SourceModule, place: SourceLocation) -> bool:
    """Whether what is cut at a place weighs a loss that refuses a weight with a gradient."""
    exact = module.expression_at(place)
    return exact is not None and _weighs_classes(module, exact)


def drop_rewrap(
    module: SourceModule, place: SourceLocation, *, holds_tensors: bool = False
) -> Edits | None:
    """`torch.tensor(loss.item(), requires_grad=True)` to `loss`.

    A plain name inside counts as a tensor only with `holds_tensors`; it may be a number.
    """
    nodes = [
        node
        for node in node_in(module, place, (ast.Call,))
        if isinstance(node, ast.Call)
        and (dotted(node.func) or "").rpartition(".")[2] in _REWRAPS
        and node.args
    ]
    call = _only(module, place, nodes)
    if not isinstance(call, ast.Call):
        return None
    text = _unwrapped(module, call, holds_tensors)
    return _put_in_place(module, module.statement_of(place), call, text)


def drop_call(module: SourceModule, place: SourceLocation, name: str) -> Edits | None:
    """`tf.stop_gradient(x)` to `x`."""
    nodes: list[ast.expr] = [
        node
        for node in node_in(module, place, (ast.Call,))
        if isinstance(node, ast.Call) and (dotted(node.func) or "").rpartition(".")[2] == name
    ]
    call = _only(module, place, nodes)
    if not isinstance(call, ast.Call) or len(call.args) != 1 or call.keywords:
        return None
    inner, text = call.args[0], module.segment(call.args[0])
    if not isinstance(inner, (ast.Name, ast.Call, ast.Attribute, ast.Subscript)):
        text = f"({text})"
    statement = module.statement_of(place)
    if isinstance(statement, ast.Assign) and statement.value is call:
        text = module.segment(inner)
    return _put_in_place(module, statement, call, text)


def drop_statement(module: SourceModule, place: SourceLocation) -> Edits | None:
    """Take out the whole statement at a place, e.g. `loss.requires_grad_()`."""
    statement = module.statement_of(place)
    edit = delete_statement(module, statement) if statement is not None else None
    return checked(module, [edit] if edit is not None else None)


def drop_decorator(module: SourceModule, place: SourceLocation) -> Edits | None:
    """Take out the decorator that stands at a line."""
    statement = module.statement_of(place)
    for decorator in getattr(statement, "decorator_list", ()):
        start, end = module.start(decorator), module.end(decorator)
        if not start[0] <= place.line <= end[0]:
            continue
        first = module.lines[start[0] - 1]
        rest = module.lines[end[0] - 1][end[1] - 1 :].strip()
        if not first.strip().startswith("@") or (rest and not rest.startswith(("#", ")"))):
            return None
        if rest.startswith(")"):
            return None
        return checked(module, [Edit(module.path, (start[0], 1), (end[0] + 1, 1), "")])
    return None


def drop_with(
    module: SourceModule, place: SourceLocation, names: frozenset[str] | None = None
) -> Edits | None:
    """Take a context manager out of a `with`, and the `with` where nothing else is in it.

    `names` are the last parts of the managers meant: `{"no_grad", "inference_mode"}`.
    """
    statement: ast.AST | None = module.statement_of(place)
    while statement is not None and not isinstance(statement, (ast.With, ast.AsyncWith)):
        statement = module.parent(statement)
    if statement is None:
        return None
    found = []
    for item in statement.items:
        node = item.context_expr
        name = dotted(node.func if isinstance(node, ast.Call) else node) or ""
        full = meaning(module, name, node.lineno) or name
        exact = node is module.expression_at(place)
        if item.optional_vars is None and (full.rpartition(".")[2] in (names or ()) or exact):
            found.append(item)
    if len(found) != 1:
        return None
    if len(statement.items) > 1:
        return _without_item(module, statement, found[0])
    return _dedented(module, statement)


def _without_item(
    module: SourceModule, statement: ast.With | ast.AsyncWith, item: ast.withitem
) -> Edits | None:
    index = statement.items.index(item)
    if index > 0:
        before = statement.items[index - 1]
        start = module.end(before.optional_vars or before.context_expr)
        end = module.end(item.context_expr)
    else:
        start = module.start(item.context_expr)
        end = module.start(statement.items[1].context_expr)
    return checked(module, [Edit(module.path, start, end, "")])


def _dedented(module: SourceModule, statement: ast.With | ast.AsyncWith) -> Edits | None:
    start, body = module.start(statement), module.start(statement.body[0])
    whole = lines_of(module, statement)
    if whole is None:
        return None
    if body[0] == start[0]:
        text = module.between(body, module.end(statement))
        return checked(module, [replace(module, statement, text)])
    outer = module.lines[start[0] - 1][: start[1] - 1]
    inner = module.lines[body[0] - 1][: body[1] - 1]
    if inner.strip() or not inner.startswith(outer) or _has_long_text(module, statement):
        return None
    edits = [Edit(module.path, (start[0], 1), (start[0] + 1, 1), "")]
    if module.end(statement.items[0].context_expr)[0] != start[0]:
        return None
    for line in range(start[0] + 1, module.end(statement)[0] + 1):
        text = module.lines[line - 1]
        if text.startswith(inner):
            edits.append(Edit(module.path, (line, len(outer) + 1), (line, len(inner) + 1), ""))
        elif text.strip() and not text.lstrip().startswith("#") and line <= body[0]:
            return None
    return checked(module, edits)


def _has_long_text(module: SourceModule, statement: ast.stmt) -> bool:
    """Whether a string goes over several lines: its blanks are part of it."""
    text = module.segment(statement)
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    except (tokenize.TokenError, SyntaxError):
        return True
    names = {"STRING", "FSTRING_MIDDLE", "TSTRING_MIDDLE"}
    return any(tokenize.tok_name[t.type] in names and t.start[0] != t.end[0] for t in tokens)


def _put_in_place(
    module: SourceModule, statement: ast.stmt | None, node: ast.expr, text: str | None
) -> Edits | None:
    if text is None:
        return None
    if isinstance(statement, ast.Assign) and statement.value is node:
        targets = [module.segment(t) for t in statement.targets]
        if targets == [text]:
            # `loss = loss` says nothing.
            edit = delete_statement(module, statement)
            return checked(module, [edit] if edit is not None else None)
    return checked(module, [replace(module, node, text)])


def _becomes_array(module: SourceModule, node: ast.expr) -> bool:
    """Whether NumPy takes it from here on: `x.detach().cpu().numpy()` would fail without."""
    outer: ast.AST | None = module.parent(node)
    inner: ast.AST = node
    while isinstance(outer, (ast.Attribute, ast.Call)):
        if isinstance(outer, ast.Attribute) and outer.attr in ("numpy", "__array__"):
            return True
        if isinstance(outer, ast.Call) and outer.func is not inner:
            called = meaning(module, dotted(outer.func), outer.lineno) or ""
            return called.split(".")[0] in _ARRAYS
        inner, outer = outer, module.parent(outer)
    if not isinstance(outer, ast.Assign):
        return False
    names = {n.id for t in outer.targets for n in ast.walk(t) if isinstance(n, ast.Name)}
    scope = module.enclosing_scope(node.lineno).node
    return any(
        isinstance(array, ast.Attribute)
        and array.attr == "numpy"
        and any(isinstance(n, ast.Name) and n.id in names for n in ast.walk(array.value))
        for array in ast.walk(scope)
    )


def _weighs_classes(module: SourceModule, node: ast.expr) -> bool:
    """Whether it is the `weight` of a loss that has no derivative in it (torch 2.13) and refuses
    one that asks for a gradient.
    """
    outer = module.parent(node)
    call = module.parent(outer) if outer is not None else None
    if (
        not isinstance(outer, ast.keyword)
        or outer.arg != "weight"
        or not isinstance(call, ast.Call)
    ):
        return False
    name = (dotted(call.func) or "").rpartition(".")[2]
    return name in _WEIGHTED


# -- what stands under a cut


def _cut_name(node: ast.expr) -> str | None:
    if isinstance(node, ast.Attribute):
        return "data" if node.attr == "data" and isinstance(node.ctx, ast.Load) else None
    if not isinstance(node, ast.Call) or node.keywords:
        return None
    if isinstance(node.func, ast.Attribute) and not node.args:
        return node.func.attr if node.func.attr in ("detach", "detach_", "item") else None
    if isinstance(node.func, ast.Name) and node.func.id == "float" and len(node.args) == 1:
        return "float"
    return None


def _is_called(module: SourceModule, node: ast.expr) -> bool:
    outer = module.parent(node)
    return isinstance(outer, ast.Call) and outer.func is node


def _only(
    module: SourceModule, place: SourceLocation, nodes: Sequence[ast.expr]
) -> ast.expr | None:
    """The node at the exact place, or the only one of the statement."""
    exact = module.expression_at(place)
    for node in nodes:
        if node is exact:
            return node
    return nodes[0] if len(nodes) == 1 else None


def _uncut_text(module: SourceModule, node: ast.expr) -> str | None:
    if isinstance(node, ast.Attribute):
        return base_text(module, node)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return base_text(module, node.func)
    if isinstance(node, ast.Call) and len(node.args) == 1:
        inner = node.args[0]
        text = module.segment(inner)
        return text if isinstance(inner, (ast.Name, ast.Call, ast.Attribute)) else f"({text})"
    return None


def _is_collection(module: SourceModule, node: ast.expr) -> bool:
    """Whether a name was given a list in its function: `torch.stack` would be needed then."""
    if not isinstance(node, ast.Name):
        return False
    kinds = (ast.List, ast.ListComp, ast.Tuple, ast.GeneratorExp, ast.Dict, ast.Set)
    for statement in ast.walk(module.enclosing_scope(node.lineno).node):
        if isinstance(statement, ast.Assign) and isinstance(statement.value, kinds):
            if any(isinstance(t, ast.Name) and t.id == node.id for t in statement.targets):
                return True
        elif isinstance(statement, ast.Attribute) and statement.attr in ("append", "extend"):
            grown = statement.value
            if isinstance(grown, ast.Name) and grown.id == node.id:
                return True
    return False


def _unwrapped(module: SourceModule, call: ast.Call, holds_tensors: bool) -> str | None:
    inner = argument_of(call, 0, "data")
    if inner is None or isinstance(inner, ast.Starred):
        return None
    if isinstance(inner, (ast.List, ast.Tuple)):
        parts = [_bare(module, e, holds_tensors) for e in inner.elts]
        if not parts or any(part is None for part in parts):
            return None
        library = module.segment(call.func).rpartition(".")[0]
        if library.rpartition(".")[2] != "torch" and library != "th":
            return None
        return f"{library}.stack([{', '.join(str(p) for p in parts)}])"
    return _bare(module, inner, holds_tensors)


def _bare(module: SourceModule, node: ast.expr, holds_tensors: bool) -> str | None:
    """The tensor under `.detach().item()`; None where it may be a number."""
    stripped = False
    while _cut_name(node) is not None:
        stripped = True
        if isinstance(node, ast.Attribute):
            node = node.value
        elif isinstance(node, ast.Call):
            node = node.func.value if isinstance(node.func, ast.Attribute) else node.args[0]
    if not stripped and not holds_tensors:
        return None
    if not stripped and (
        isinstance(node, (ast.Constant, ast.ListComp)) or _is_collection(module, node)
    ):
        return None
    text = module.segment(node)
    simple = isinstance(node, (ast.Name, ast.Call, ast.Attribute, ast.Subscript))
    return text if simple else f"({text})"
