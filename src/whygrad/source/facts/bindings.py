"""The names at module level of a file, and what each may stand for."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from whygrad.source.expressions import constant_text, dotted


@dataclass(slots=True)
class Bindings:
    """See `FileFacts`."""

    bindings: dict[str, tuple[str, ...]] = field(default_factory=dict)
    stars: tuple[str, ...] = ()
    public: tuple[str, ...] | None = None
    imported: set[str] = field(default_factory=set)


def bindings_of(tree: ast.Module) -> Bindings:
    """The bindings of a module: also those under `if`, `try` and `with` at its top."""
    found: dict[str, list[str]] = {}
    stars: list[str] = []
    imported: set[str] = set()
    public: tuple[str, ...] | None = None
    todo: list[list[ast.stmt]] = [tree.body]
    while todo:
        block = todo.pop()
        for statement in block:
            if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                found.setdefault(statement.name, []).append("=")
            elif isinstance(statement, ast.Import):
                imported.update(modules_of(statement))
                for name, meaning in imports_of(statement):
                    found.setdefault(name, []).append(meaning)
            elif isinstance(statement, ast.ImportFrom):
                imported.update(modules_of(statement))
                for name, meaning in imports_of(statement):
                    if name == "*":
                        stars.append(meaning)
                    else:
                        found.setdefault(name, []).append(meaning)
            elif isinstance(statement, (ast.Assign, ast.AnnAssign, ast.AugAssign)):
                for name, meaning in _assigned(statement):
                    found.setdefault(name, []).append(meaning)
                public = _public(statement, public)
            else:
                for name in _other_names(statement):
                    found.setdefault(name, []).append("?")
                todo.extend(_blocks(statement))
    return Bindings(
        {name: tuple(dict.fromkeys(meanings)) for name, meanings in found.items()},
        tuple(reversed(stars)),
        public,
        imported,
    )


def imports_of(statement: ast.Import | ast.ImportFrom) -> list[tuple[str, str]]:
    """The names that an import binds, each with what it stands for; `*` with its module."""
    if isinstance(statement, ast.Import):
        return [
            (a.asname, a.name) if a.asname else (a.name.split(".")[0], a.name.split(".")[0])
            for a in statement.names
        ]
    module = "." * statement.level + (statement.module or "")
    dot = "" if module.endswith(".") or not module else "."
    return [
        (a.asname or a.name, f"{module}{dot}{a.name}") if a.name != "*" else ("*", module)
        for a in statement.names
    ]


def modules_of(statement: ast.Import | ast.ImportFrom) -> list[str]:
    """The modules that an import brings in, and the names that may be modules."""
    if isinstance(statement, ast.Import):
        return [a.name for a in statement.names]
    module = "." * statement.level + (statement.module or "")
    return [module, *(meaning for name, meaning in imports_of(statement) if name != "*")]


def _assigned(statement: ast.Assign | ast.AnnAssign | ast.AugAssign) -> list[tuple[str, str]]:
    if isinstance(statement, ast.AugAssign):
        name = statement.target.id if isinstance(statement.target, ast.Name) else None
        return [(name, "?")] if name is not None else []
    if isinstance(statement, ast.AnnAssign) and statement.value is None:
        return []
    text = dotted(statement.value)
    meaning = f"@{text}" if text is not None else "?"
    if isinstance(statement.value, ast.Constant) and statement.value.value is None:
        meaning = "None"
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
    found = []
    for target in targets:
        if isinstance(target, ast.Name):
            found.append((target.id, meaning))
        elif isinstance(target, (ast.Tuple, ast.List, ast.Starred)):
            inner = (n for n in ast.walk(target) if isinstance(n, ast.Name))
            found += [(n.id, "?") for n in inner]
    return found


def _public(
    statement: ast.Assign | ast.AnnAssign | ast.AugAssign, before: tuple[str, ...] | None
) -> tuple[str, ...] | None:
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
    if not any(isinstance(t, ast.Name) and t.id == "__all__" for t in targets):
        return before
    if isinstance(statement, ast.Assign) and isinstance(statement.value, (ast.List, ast.Tuple)):
        names = [constant_text(e) for e in statement.value.elts]
        if all(name is not None for name in names):
            return tuple(name for name in names if name is not None)
    return None


def _other_names(statement: ast.stmt) -> list[str]:
    """The names that the head of a loop or a `with` binds."""
    targets: list[ast.expr] = []
    if isinstance(statement, (ast.For, ast.AsyncFor)):
        targets.append(statement.target)
    elif isinstance(statement, (ast.With, ast.AsyncWith)):
        targets += [i.optional_vars for i in statement.items if i.optional_vars is not None]
    return [n.id for t in targets for n in ast.walk(t) if isinstance(n, ast.Name)]


def _blocks(statement: ast.stmt) -> list[list[ast.stmt]]:
    blocks = [getattr(statement, name, None) for name in ("body", "orelse", "finalbody")]
    for name in ("handlers", "cases"):
        blocks += [inner.body for inner in getattr(statement, name, ())]
    return [block for block in reversed(blocks) if block]
