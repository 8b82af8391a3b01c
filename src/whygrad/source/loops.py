"""Edits to the order of a training loop: clear, backward, step."""

from __future__ import annotations

import ast

from whygrad.model.source import Edit, SourceLocation
from whygrad.source.module import SourceModule
from whygrad.source.rewriting import relocated
from whygrad.source.splice import Edits, after, before, checked, delete_statement, insert
from whygrad.source.wrapping import base_text


def clear_each_step(
    module: SourceModule, backward: SourceLocation, step: SourceLocation
) -> Edits | None:
    """`optimizer.zero_grad()` on a line before backward, named as at the optimizer's step; where
    it stands in the same block without its parentheses, only those.
    """
    statement, owner = module.statement_of(backward), _owner(module, step, "step")
    if statement is None or owner is None or not _same_function(module, backward, step):
        return None
    for other in module.block_of(statement):
        uncalled = other.value if isinstance(other, ast.Expr) else None
        if isinstance(uncalled, ast.Attribute) and uncalled.attr == "zero_grad":
            return checked(module, [insert(module, module.end(uncalled), "()")])
    edit = before(module, statement, f"{owner}.zero_grad()")
    return checked(module, [edit] if edit is not None else None)


def clear_after_step(
    module: SourceModule, cleared: SourceLocation, step: SourceLocation
) -> Edits | None:
    """Move `optimizer.zero_grad()` from before the step to behind it, in the same block."""
    moved, last = module.statement_of(cleared), module.statement_of(step)
    if _owner(module, cleared, "zero_grad") is None or moved is None or last is None:
        return None
    block = module.block_of(moved)
    if not any(last is statement for statement in block):
        return None
    if block.index(last) != block.index(moved) + 1:
        return None
    return checked(module, relocated(module, moved, last))


def step_after(
    module: SourceModule, backward: SourceLocation, cleared: SourceLocation
) -> Edits | None:
    """`optimizer.step()` on a line after backward, named as where its gradients are cleared; with
    a loss scaler, `scaler.step(optimizer)`. Where it stands there without its parentheses, only
    those.
    """
    statement, owner = module.statement_of(backward), _owner(module, cleared, "zero_grad")
    if statement is None or owner is None or not _same_function(module, backward, cleared):
        return None
    bare = uncalled(module, backward, "step", cleared)
    if bare is not None:
        return call_it(module, bare)
    scaler = _scaler(module, statement)
    edit = after(module, statement, f"{scaler}.step({owner})" if scaler else f"{owner}.step()")
    return checked(module, [edit] if edit is not None else None)


def uncalled(
    module: SourceModule, near: SourceLocation, name: str, cleared: SourceLocation | None = None
) -> SourceLocation | None:
    """`optimizer.step` as a statement, in the function of a place: the parentheses are missing.
    With `cleared`, of the optimizer whose gradients are cleared there.
    """
    owner = _owner(module, cleared, "zero_grad") if cleared is not None else None
    scope = module.enclosing_scope(near.line).node
    found = [
        statement.value
        for statement in module.statements
        if isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Attribute)
        and statement.value.attr == name
        and owner in (None, module.segment(statement.value.value))
        and module.enclosing_scope(statement.lineno).node is scope
    ]
    return module.span(found[0]) if len(found) == 1 else None


def call_it(module: SourceModule, place: SourceLocation) -> Edits | None:
    """The parentheses that make a call of what stands at a place."""
    if place.end_line is None or place.end_column is None:
        return None
    return checked(module, [insert(module, (place.end_line, place.end_column), "()")])


def drop_loss_flags(module: SourceModule) -> tuple[Edit, ...]:
    """Take out `loss.requires_grad = True` before `loss.backward()`: it silences an error about a
    loss without history, and is one itself once the loss has a history.
    """
    edits = []
    for statement in module.statements:
        name = _flagged(statement)
        if name is None:
            continue
        scope = module.enclosing_scope(statement.lineno).node
        if any(
            isinstance(node, ast.Attribute)
            and node.attr == "backward"
            and isinstance(node.value, ast.Name)
            and node.value.id == name
            for node in ast.walk(scope)
        ):
            edits.append(delete_statement(module, statement))
    return tuple(edit for edit in edits if edit is not None)


def _flagged(statement: ast.stmt) -> str | None:
    """The plain name whose flag a statement sets."""
    value = statement.value if isinstance(statement, (ast.Assign, ast.Expr)) else None
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        flag: ast.AST | None = statement.targets[0]
        sets = isinstance(value, ast.Constant) and value.value is True
        wanted = "requires_grad"
    else:
        flag = value.func if isinstance(value, ast.Call) and not value.args else None
        sets, wanted = True, "requires_grad_"
    if not sets or not isinstance(flag, ast.Attribute) or flag.attr != wanted:
        return None
    return flag.value.id if isinstance(flag.value, ast.Name) else None


def _owner(module: SourceModule, place: SourceLocation, method: str) -> str | None:
    """What the call of a method at a place is called on, e.g. `self.optimizer`."""
    statement = module.statement_of(place)
    call = statement.value if isinstance(statement, ast.Expr) else None
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
        return None
    return base_text(module, call.func) if call.func.attr == method else None


def _scaler(module: SourceModule, statement: ast.stmt) -> str | None:
    """`scaler` in `scaler.scale(loss).backward()`."""
    for node in ast.walk(statement):
        if not isinstance(node, ast.Attribute) or node.attr != "backward":
            continue
        scaled = node.value
        if isinstance(scaled, ast.Call) and isinstance(scaled.func, ast.Attribute):
            return base_text(module, scaled.func) if scaled.func.attr == "scale" else None
    return None


def _same_function(module: SourceModule, one: SourceLocation, other: SourceLocation) -> bool:
    if one.path != other.path:
        return False
    return module.enclosing_scope(one.line) is module.enclosing_scope(other.line)
