"""Edits that are certain: small changes to the very expression that was seen to run."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from typing import Final

from whygrad.model.source import Edit, Fix, SourceLocation
from whygrad.source.files import Sources
from whygrad.source.module import SourceModule

_FLAG: Final = re.compile(r",?\s*\brequires_grad\s*=\s*True\s*,?")


def assigned(
    sources: Sources, place: SourceLocation | None
) -> tuple[SourceModule, ast.stmt, ast.expr] | None:
    """The statement at a place and the value that it assigns."""
    module = sources.module(place.path) if place is not None else None
    if module is None or place is None:
        return None
    statement = module.statement_of(place)
    if isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value is not None:
        return module, statement, statement.value
    return None


def replaced(module: SourceModule, node: ast.AST, text: str) -> Edit:
    """An edit that puts `text` in place of a node."""
    return Edit(module.path, module.start(node), module.end(node), text)


def spelled(module: SourceModule, name: str) -> str:
    """`nn.Parameter` as this file can write it."""
    root, _, rest = name.partition(".")
    names, modules = _imports(module)
    last = name.rpartition(".")[2]
    if last in names:
        return last
    if root in modules:
        return name
    return f"torch.{name}" if "torch" in modules else name if not rest else f"torch.{name}"


def _imports(module: SourceModule) -> tuple[set[str], set[str]]:
    """Names that stand for something of torch.nn, and modules that can be written."""
    names: set[str] = set()
    modules: set[str] = set()
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                modules.add(alias.asname or alias.name)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                if whole in ("torch.nn",):
                    modules.add(alias.asname or alias.name)
                elif node.module.startswith("torch.nn"):
                    names.add(alias.asname or alias.name)
    return names, modules


def wrapped(sources: Sources, place: SourceLocation | None, wrapper: str, message: str) -> Fix:
    """Put the assigned value into a call; a `requires_grad=True` inside it is then superfluous."""
    found = assigned(sources, place)
    if found is None:
        return Fix(message)
    module, _, value = found
    text = module.segment(value)
    if "\n" not in text:
        text = without_flag(text)
    call = spelled(module, wrapper)
    if text.startswith(f"{call}("):
        return Fix(message)
    return Fix(message, (replaced(module, value, f"{call}({text})"),))


def without_flag(text: str) -> str:
    """The call without `requires_grad=True` or a trailing `.requires_grad_()`."""
    text = re.sub(r"\.requires_grad_\(\s*(True)?\s*\)$", "", text)
    match = _FLAG.search(text)
    if match is None:
        return text
    both = match.group().startswith(",") and match.group().rstrip().endswith(",")
    return text[: match.start()] + (", " if both else "") + text[match.end() :]


def dropped_call(
    sources: Sources, place: SourceLocation | None, names: Iterable[str]
) -> Edit | None:
    """Take `.detach()` or `.data` off the expression at a place."""
    module = sources.module(place.path) if place is not None else None
    node = module.expression_at(place) if module is not None and place is not None else None
    if module is None or node is None:
        return None
    wanted = set(names)
    inner: ast.expr | None = None
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and not node.args:
        if node.func.attr in wanted:
            inner = node.func.value
    elif isinstance(node, ast.Attribute) and node.attr in wanted:
        inner = node.value
    if inner is None:
        return None
    return replaced(module, node, module.segment(inner))


def dropped_lines(sources: Sources, place: SourceLocation | None, text: str) -> Edit | None:
    """Take away a decorator that stands on a line of its own."""
    module = sources.module(place.path) if place is not None else None
    if module is None or place is None or not 0 < place.line <= len(module.lines):
        return None
    line = module.lines[place.line - 1]
    if not line.strip().startswith(text) or place.line >= len(module.lines):
        return None
    return Edit(module.path, (place.line, 1), (place.line + 1, 1), "")
