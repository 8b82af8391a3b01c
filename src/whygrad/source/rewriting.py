"""Edits that say a thing differently, or at another place: flags, keywords, the order of lines."""

from __future__ import annotations

import ast

from whygrad.model.source import Edit, SourceLocation
from whygrad.source.expressions import dotted
from whygrad.source.imports import meaning
from whygrad.source.module import SourceModule, statements_below
from whygrad.source.splice import (
    Edits,
    after,
    before,
    checked,
    indent_of,
    insert,
    lines_of,
    newline_of,
    node_in,
    replace,
    set_keyword,
)
from whygrad.source.wrapping import base_text


def with_keyword(
    module: SourceModule, place: SourceLocation, function: str, keyword: str, text: str
) -> Edits | None:
    """Give the call of `function` at a place a keyword: `checkpoint(..., use_reentrant=False)`."""
    calls = [
        node
        for node in node_in(module, place, (ast.Call,))
        if isinstance(node, ast.Call) and (dotted(node.func) or "").rpartition(".")[2] == function
    ]
    exact = module.expression_at(place)
    call = next((c for c in calls if c is exact), calls[0] if len(calls) == 1 else None)
    edit = set_keyword(module, call, keyword, text) if call is not None else None
    return checked(module, [edit] if edit is not None else None)


def replace_expression(module: SourceModule, place: SourceLocation, text: str) -> Edits | None:
    """Another text for the expression that stands exactly at a place."""
    node = module.expression_at(place)
    if node is None or module.segment(node) != place.source:
        return None
    return checked(module, [replace(module, node, text)])


def softmax_to_sigmoid(module: SourceModule, place: SourceLocation) -> Edits | None:
    """`F.softmax(x, dim=1)` to `F.sigmoid(x)`, and `x.softmax(1)` to `x.sigmoid()`."""
    call = module.expression_at(place)
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
        return None
    if call.func.attr != "softmax" or any(isinstance(a, ast.Starred) for a in call.args):
        return None
    owner = dotted(call.func.value)
    library = meaning(module, owner, call.lineno) if owner else None
    base = module.segment(call.func.value)
    if library in ("torch", "torch.nn.functional"):
        if not call.args:
            return None
        return checked(
            module, [replace(module, call, f"{base}.sigmoid({module.segment(call.args[0])})")]
        )
    if owner == "self" or (owner or "").startswith("self.") or len(call.args) > 1:
        return None
    return checked(module, [replace(module, call, f"{base}.sigmoid()")])


def flag_to_call(
    module: SourceModule, place: SourceLocation, flag: str = "requires_grad"
) -> Edits | None:
    """`module.requires_grad = False` to `module.requires_grad_(False)`."""
    statement = module.statement_of(place)
    if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
        return None
    target = statement.targets[0]
    if not isinstance(target, ast.Attribute) or target.attr != flag:
        return None
    value = module.segment(statement.value)
    text = f"{base_text(module, target)}.requires_grad_({value})"
    return checked(module, [replace(module, statement, text)])


def rename_attribute(
    module: SourceModule, place: SourceLocation, wrong: str, right: str
) -> Edits | None:
    """`p.require_grad = False` to `p.requires_grad = False`."""
    statement = module.statement_of(place)
    found = [
        node
        for node in (ast.walk(statement) if statement is not None else ())
        if isinstance(node, ast.Attribute) and node.attr == wrong
    ]
    if len(found) != 1:
        return None
    end = module.end(found[0])
    start = (end[0], end[1] - len(wrong))
    return checked(module, [Edit(module.path, start, end, right)])


def keep_result(module: SourceModule, place: SourceLocation) -> Edits | None:
    """`apply_updates(model, updates)` on a line of its own to `model = apply_updates(...)`."""
    statement = module.statement_of(place)
    call = statement.value if isinstance(statement, ast.Expr) else None
    if not isinstance(call, ast.Call) or call is not module.expression_at(place):
        return None
    name = (dotted(call.func) or "").rpartition(".")[2]
    whole = call.args[0] if name == "apply_updates" and call.args else None
    if name == "apply_gradients" and isinstance(call.func, ast.Attribute):
        whole = call.func.value
    if not isinstance(whole, ast.Name):
        return None
    return checked(module, [insert(module, module.start(call), f"{whole.id} = ")])


def add_before(module: SourceModule, place: SourceLocation, text: str) -> Edits | None:
    """A line of its own before the statement at a place."""
    statement = module.statement_of(place)
    edit = before(module, statement, text) if statement is not None else None
    return checked(module, [edit] if edit is not None else None)


def add_after(module: SourceModule, place: SourceLocation, text: str) -> Edits | None:
    """A line of its own after the statement at a place."""
    statement = module.statement_of(place)
    edit = after(module, statement, text) if statement is not None else None
    return checked(module, [edit] if edit is not None else None)


def move_after(module: SourceModule, place: SourceLocation, anchor: SourceLocation) -> Edits | None:
    """Move the assignment at `place` behind the statement at `anchor`, if nothing in between
    (or in it) uses or rebinds what it assigns, and both run once, one after the other.
    """
    if anchor.path != place.path:
        return None
    moved, last = module.statement_of(place), module.statement_of(anchor)
    if not isinstance(moved, (ast.Assign, ast.AnnAssign)) or last is None:
        return None
    block = module.block_of(moved)
    while last is not None and not any(last is s for s in block):
        outer = module.parent(last)
        # Inside a loop or a function it runs often, or later.
        last = outer if isinstance(outer, (ast.If, ast.With, ast.Try)) else None
    if last is None or block.index(last) <= block.index(moved):
        return None
    between = block[block.index(moved) + 1 : block.index(last) + 1]
    names = _names(moved)
    for statement in between:
        if any(dotted(n) in names for n in ast.walk(statement)) or _leaves(statement):
            return None
    return checked(module, relocated(module, moved, last))


def relocated(module: SourceModule, moved: ast.stmt, last: ast.stmt) -> list[Edit] | None:
    """Take a statement from its lines and put them behind another one."""
    whole, end = lines_of(module, moved), lines_of(module, last)
    if whole is None or end is None or indent_of(module, moved) != indent_of(module, last):
        return None
    text = module.between(*whole)
    if not text.endswith(("\n", "\r")):
        return None
    if end[1][1] != 1:
        # The file ends without a line end.
        text = newline_of(module) + text.rstrip("\r\n")
    return [Edit(module.path, *whole, ""), Edit(module.path, end[1], end[1], text)]


def _names(statement: ast.Assign | ast.AnnAssign) -> set[str]:
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
    found = {dotted(n) for t in targets for n in ast.walk(t)}
    return {name for name in found if name and name != "self"}


def _leaves(statement: ast.stmt) -> bool:
    """Whether the block may be left here, so that what comes after it does not run."""
    leaving = (ast.Return, ast.Raise, ast.Break, ast.Continue)
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return False
    inner = [statement, *statements_below(statement)]
    return any(isinstance(s, leaving) for s in inner)
