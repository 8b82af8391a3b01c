"""The edit that moves a statement into the tape's block, from right before it or right after it."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from typing import Final

from whygrad.model.source import Edit, SourceLocation
from whygrad.source.expressions import dotted
from whygrad.source.imports import bound_names
from whygrad.source.module import SourceModule
from whygrad.source.splice import Edits, checked, indent_of, insert, lines_of

_SIMPLE: Final = (ast.Assign, ast.AnnAssign, ast.AugAssign)


def into_tape(module: SourceModule, place: SourceLocation) -> Edits | None:
    """Compute it inside of `with tf.GradientTape() as tape:`. None where what stands in between has
    to do with it, so that the order would change.
    """
    statement = module.statement_of(place)
    if not isinstance(statement, _SIMPLE) or _spans_text(statement):
        return None
    block = module.block_of(statement)
    number = next((i for i, each in enumerate(block) if each is statement), None)
    if number is None:
        return None
    later = next((i for i in range(number + 1, len(block)) if _is_tape(block[i])), None)
    earlier = next((i for i in range(number - 1, -1, -1) if _is_tape(block[i])), None)
    # What is asked of an earlier tape comes after it: a later one has a loss of its own.
    if earlier is not None and not _asked(block[earlier + 1 : number]):
        between, tape, first = block[earlier + 1 : number], block[earlier], False
    elif later is not None:
        between, tape, first = block[number + 1 : later], block[later], True
    else:
        return None
    if not _apart(module, statement, between) or not isinstance(tape, ast.With):
        return None
    return checked(module, _moved(module, statement, tape, first=first))


def _moved(
    module: SourceModule, statement: ast.stmt, tape: ast.With, *, first: bool
) -> list[Edit] | None:
    beside = tape.body[0] if first else tape.body[-1]
    own, there = lines_of(module, statement), lines_of(module, beside)
    if own is None or there is None or there[1][1] != 1 or own[1][1] != 1:
        return None
    old, new = indent_of(module, statement), indent_of(module, beside)
    lines = module.lines[own[0][0] - 1 : own[1][0] - 1]
    text = "".join(new + line[len(old) :] if line.startswith(old) else line for line in lines)
    return [insert(module, there[0] if first else there[1], text), Edit(module.path, *own, "")]


def _is_tape(statement: ast.stmt) -> bool:
    if not isinstance(statement, ast.With):
        return False
    calls = (item.context_expr for item in statement.items)
    names = (dotted(call.func) or "" for call in calls if isinstance(call, ast.Call))
    return any(name.rpartition(".")[2] == "GradientTape" for name in names)


def _asked(statements: Iterable[ast.stmt]) -> bool:
    """Whether a tape was asked for gradients by then."""
    nodes = (node for statement in statements for node in ast.walk(statement))
    return any(isinstance(n, ast.Attribute) and n.attr in ("gradient", "jacobian") for n in nodes)


def _apart(module: SourceModule, statement: ast.stmt, between: Iterable[ast.stmt]) -> bool:
    """Whether none of the others makes what it takes, takes what it makes, or uses up the same:
    `next(batches)` in both of them.
    """
    makes, takes = _names(statement)
    known = bound_names(module, statement.lineno).keys()
    for other in between:
        made, taken = _names(other)
        if made & (takes | makes) or taken & makes or _jumps(other):
            return False
        if taken & takes - known and _calls(other):
            return False
    return True


def _calls(statement: ast.stmt) -> bool:
    return any(isinstance(node, ast.Call) for node in ast.walk(statement))


def _names(statement: ast.stmt) -> tuple[set[str], set[str]]:
    """What it stores and what it loads; of an attribute, the object."""
    stored: set[str] = set()
    loaded: set[str] = set()
    for node in ast.walk(statement):
        if isinstance(node, ast.Name):
            (loaded if isinstance(node.ctx, ast.Load) else stored).add(node.id)
        elif isinstance(node, ast.Attribute | ast.Subscript) and not isinstance(node.ctx, ast.Load):
            stored.add((dotted(node.value) or "").partition(".")[0])
    if isinstance(statement, ast.AugAssign):
        loaded |= stored
    return stored, loaded


def _jumps(statement: ast.stmt) -> bool:
    jumps = (ast.Return, ast.Raise, ast.Break, ast.Continue, ast.Yield, ast.YieldFrom, ast.Await)
    return any(isinstance(node, jumps) for node in ast.walk(statement))


def _spans_text(statement: ast.stmt) -> bool:
    """Whether a string goes over several lines, so that they cannot be indented."""
    return any(
        isinstance(node, ast.Constant | ast.JoinedStr) and node.lineno != node.end_lineno
        for node in ast.walk(statement)
    )
