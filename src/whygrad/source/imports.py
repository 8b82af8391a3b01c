"""How a file spells a name of a library, and the import it would need to."""

from __future__ import annotations

import ast
from typing import NamedTuple

from whygrad.model.source import Edit
from whygrad.source.module import Scope, SourceModule
from whygrad.source.splice import insert, newline_of
from whygrad.source.variables import local_names, own_statements


class Spelling(NamedTuple):
    """The text for a name, and the import that has to be added for it."""

    text: str
    edit: Edit | None = None


def spelled(module: SourceModule, name: str, line: int, *, alias: str | None = None) -> Spelling:
    """How the file writes `torch.nn.Parameter` at a line.

    `alias` is how people import its package where the file has no import of it at all: for
    `torch.nn.Parameter` the line `from torch import nn` or `import torch.nn as nn`.
    """
    package, _, last = name.rpartition(".")
    found = _through_imports(module, name, line)
    if found is not None:
        return Spelling(found)
    short = alias or package.rpartition(".")[2]
    return Spelling(f"{short}.{last}", import_edit(module, package, short))


def bound_names(module: SourceModule, line: int, *, running: bool = False) -> dict[str, str]:
    """What the names of imports mean at a line, e.g. `nn` is `torch.nn`.

    With `running` only those that a running program has: not `if TYPE_CHECKING: import torch`.
    """
    scopes: list[Scope] = []
    scope: Scope | None = module.enclosing_scope(line)
    while scope is not None:
        scopes.append(scope)
        scope = scope.parent
    meanings: dict[str, str] = {}
    for scope in reversed(scopes):
        own: dict[str, str] = {}
        for statement in own_statements(scope):
            if not (running and _for_types(module, statement)):
                own.update(imported_by(statement))
        if scope.is_function:
            for name in local_names(scope) - own.keys():
                meanings.pop(name, None)
        elif isinstance(scope.node, ast.ClassDef):
            continue
        meanings.update(own)
    return meanings


def _for_types(module: SourceModule, statement: ast.stmt) -> bool:
    """Whether it stands under `if TYPE_CHECKING:`."""
    outer = module.parent(statement)
    return (
        isinstance(outer, ast.If)
        and statement in outer.body
        and ast.unparse(outer.test).rpartition(".")[2] == "TYPE_CHECKING"
    )


def imported_by(statement: ast.stmt) -> dict[str, str]:
    """The names that an import binds, with what they stand for. `*` is kept under that name."""
    if isinstance(statement, ast.Import):
        return {
            a.asname or a.name.split(".")[0]: a.name if a.asname else a.name.split(".")[0]
            for a in statement.names
        }
    if isinstance(statement, ast.ImportFrom) and not statement.level and statement.module:
        return {
            (a.asname or a.name) if a.name != "*" else f"*{statement.module}": (
                f"{statement.module}.{a.name}" if a.name != "*" else statement.module
            )
            for a in statement.names
        }
    return {}


def meaning(module: SourceModule, text: str | None, line: int) -> str | None:
    """What a dotted name means through the imports: `nn.Linear` is `torch.nn.Linear`."""
    if text is None:
        return None
    first, dot, rest = text.partition(".")
    found = bound_names(module, line).get(first)
    return f"{found}{dot}{rest}" if found is not None else None


def _through_imports(module: SourceModule, name: str, line: int) -> str | None:
    best: str | None = None
    same = {name, name.replace("torch.nn.Parameter", "torch.nn.parameter.Parameter")}
    for short, full in bound_names(module, line, running=True).items():
        if short.startswith("*"):
            candidate = name.rpartition(".")[2] if name.rpartition(".")[0] == full else None
        elif full in same:
            candidate = short
        elif name.startswith(full + "."):
            candidate = short + name[len(full) :]
        else:
            candidate = None
        if candidate is not None and (best is None or candidate.count(".") < best.count(".")):
            best = candidate
    return best


def import_edit(module: SourceModule, package: str, short: str) -> Edit | None:
    """The import of a package, put after the file's other imports and written as they are."""
    head, _, last = package.rpartition(".")
    top = [s for s in module.tree.body if isinstance(s, (ast.Import, ast.ImportFrom))]
    from_style = any(isinstance(s, ast.ImportFrom) and s.module == head for s in top)
    if head and short == last and from_style:
        text = f"from {head} import {last}"
    elif short == package:
        text = f"import {package}"
    else:
        text = f"import {package} as {short}"
    end = newline_of(module)
    anchor: ast.stmt | None = top[-1] if top else None
    if anchor is None and module.tree.body and ast.get_docstring(module.tree) is not None:
        anchor = module.tree.body[0]
    if anchor is None:
        return insert(module, (_first_line(module), 1), text + end)
    line = module.end(anchor)[0]
    if line >= len(module.lines):
        return insert(module, (line, len(module.lines[line - 1].rstrip("\r\n")) + 1), end + text)
    return insert(module, (line + 1, 1), text + end)


def _first_line(module: SourceModule) -> int:
    """The first line that is no `#!` and no comment at the top."""
    for number, line in enumerate(module.lines, start=1):
        if not line.startswith("#"):
            return number
    return len(module.lines) + 1
