"""Edits to what an optimizer is given."""

from __future__ import annotations

import ast

from whygrad.model.source import SourceLocation
from whygrad.source.expressions import dotted
from whygrad.source.module import SourceModule
from whygrad.source.splice import Edits, checked, replace


def hand_instead(
    module: SourceModule, place: SourceLocation, before: str, after: str
) -> Edits | None:
    """`Adam(target.parameters())` to `Adam(net.parameters())`: all that the optimizer is given."""
    call = module.expression_at(place)
    if not isinstance(call, ast.Call):
        return None
    given = call.args[0] if call.args else None
    if given is None:
        given = next((k.value for k in call.keywords if k.arg == "params"), None)
    if not isinstance(given, ast.Call) or not isinstance(given.func, ast.Attribute):
        return None
    if given.func.attr != "parameters" or given.args or given.keywords:
        return None
    if module.segment(given.func.value) != before:
        return None
    return checked(module, [replace(module, given.func.value, after)])


def list_of(module: SourceModule, place: SourceLocation) -> Edits | None:
    """`params = net.parameters()` to `params = list(net.parameters())`: it can be read again."""
    node = module.expression_at(place)
    outer = module.parent(node) if node is not None else None
    if node is None or not isinstance(outer, (ast.Assign, ast.AnnAssign)):
        return None
    text = module.segment(node)
    if isinstance(node, ast.GeneratorExp):
        return checked(module, [replace(module, node, f"[{text[1:-1]}]")])
    names = (n for n in ast.walk(module.tree) if isinstance(n, ast.Name) and n.id == "list")
    if not isinstance(node, ast.Call) or any(isinstance(n.ctx, ast.Store) for n in names):
        return None
    return checked(module, [replace(module, node, f"list({text})")])


def ask_for_updated(
    module: SourceModule, asked: SourceLocation, applied: SourceLocation
) -> Edits | None:
    """`tape.gradient(loss, a)`: of `b`, where `zip(gradients, b)` is applied."""
    asks, applies = module.expression_at(asked), module.expression_at(applied)
    pairs = applies.args[0] if isinstance(applies, ast.Call) and applies.args else None
    if not isinstance(asks, ast.Call) or len(asks.args) != 2 or not isinstance(pairs, ast.Call):
        return None
    if dotted(pairs.func) != "zip" or len(pairs.args) != 2 or dotted(pairs.args[1]) is None:
        return None
    scope = module.enclosing_scope(asked.line).node
    if module.enclosing_scope(applied.line).node is not scope:
        return None
    return checked(module, [replace(module, asks.args[1], module.segment(pairs.args[1]))])
