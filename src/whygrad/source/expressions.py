"""Small questions about one expression: its dotted name, its kind, what it loads."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from enum import Enum


class Kind(Enum):
    """What an expression looks like, as far as its own text says."""

    CALL = "call"
    DISPLAY = "display"
    """A list, tuple, set or dict written out."""
    COMPREHENSION = "comprehension"
    NAME = "name"
    CONSTANT = "constant"
    OPERATION = "operation"
    OTHER = "other"


def dotted(node: ast.AST | None) -> str | None:
    """`a.b.c` as text; None for anything but names and attributes of names."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return None
    parts.append(node.id)
    return ".".join(reversed(parts))


def kind_of(node: ast.expr) -> Kind:
    """The kind of an expression."""
    if isinstance(node, ast.Call):
        return Kind.CALL
    if isinstance(node, (ast.List, ast.Tuple, ast.Set, ast.Dict)):
        return Kind.DISPLAY
    if isinstance(node, (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)):
        return Kind.COMPREHENSION
    if isinstance(node, (ast.Name, ast.Attribute)):
        return Kind.NAME
    if isinstance(node, (ast.Constant, ast.JoinedStr)):
        return Kind.CONSTANT
    if isinstance(node, (ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare)):
        return Kind.OPERATION
    return Kind.OTHER


def own_nodes(statement: ast.stmt) -> Iterator[ast.AST]:
    """All nodes of a statement but those of statements nested in it: of an `if`, its test."""
    todo: list[ast.AST] = [statement]
    while todo:
        node = todo.pop()
        yield node
        todo.extend(
            child
            for child in ast.iter_child_nodes(node)
            if not isinstance(child, (ast.stmt, ast.excepthandler, ast.match_case))
        )


def constant_text(node: ast.AST | None) -> str | None:
    """The value of a string written out."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return None


def keyword_of(call: ast.Call, name: str) -> ast.expr | None:
    """The value of a keyword argument."""
    return next((k.value for k in call.keywords if k.arg == name), None)


def argument_of(call: ast.Call, position: int, name: str) -> ast.expr | None:
    """An argument by position or name; None also where a `*args` hides which it is."""
    before = call.args[: position + 1]
    if len(before) > position and not any(isinstance(a, ast.Starred) for a in before):
        return call.args[position]
    return keyword_of(call, name)
