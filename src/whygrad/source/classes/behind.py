"""The variables behind something that is computed once: whether the model also uses them alive."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from whygrad.source.attributes import self_name
from whygrad.source.classes.bases import Lineage
from whygrad.source.classes.held import Holds
from whygrad.source.classes.holding import Place, made_by
from whygrad.source.classes.keeping import CALLS, Kept, Seen
from whygrad.source.classes.methods import reads, stores_of
from whygrad.source.classes.taken import outside
from whygrad.source.module import Function
from whygrad.source.project.project import Project


def is_alive(one: Kept, seen: Seen) -> bool:
    """Whether a variable that this is computed from may also be used itself: then the result can be
    meant to stay, as the place from which a penalty measures.
    """
    return any(
        reads(one.line, name, CALLS) is not False or any(outside(one.project, one.line, name))
        for name in behind(one, seen)
    )


def behind(one: Kept, seen: Seen) -> list[str]:
    """The attributes that hold such a variable."""
    scope = seen.module.enclosing_function(seen.statement.line)
    method = scope.node if scope is not None else None
    if seen.value is None or not isinstance(method, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return []
    names = set(_attributes(method, seen.value))
    return sorted(n for n in names if n != one.attribute and _is_variable(one.project, one.line, n))


def _attributes(method: Function, value: ast.expr) -> Iterator[str]:
    """The attributes of the object in a value, through local names, and those that get the same."""
    owner = self_name(method)
    assigns = [n for n in ast.walk(method) if isinstance(n, ast.Assign)]
    todo: list[ast.expr] = [value]
    seen: set[str] = set()
    while todo:
        for node in ast.walk(todo.pop()):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                if node.value.id == owner:
                    yield node.attr
            elif isinstance(node, ast.Name) and node.id not in seen and node.id != owner:
                seen.add(node.id)
                for assign in assigns:
                    if any(isinstance(t, ast.Name) and t.id == node.id for t in assign.targets):
                        todo += [assign.value, *assign.targets]
                    elif isinstance(assign.value, ast.Name) and assign.value.id == node.id:
                        todo += assign.targets


def _is_variable(project: Project, line: Lineage, attribute: str) -> bool:
    return any(
        held.what is Holds.PARAMETER
        for known, store in stores_of(line)
        if store.attribute == attribute
        for held in made_by(project, Place(known.path, known, line), store.term)
    )
