"""`self.w = self.w * 0.99` after `self.w` was made a variable: from then on it is a tensor."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple

from whygrad.model.source import SourceLocation
from whygrad.source.classes.held import Holds
from whygrad.source.classes.keeping import CALLS, Kept, kept
from whygrad.source.classes.known import Base
from whygrad.source.classes.methods import Stored, reached_from, setting_up
from whygrad.source.classes.others import TF_VARIABLE
from whygrad.source.classes.placed import statement_in
from whygrad.source.expressions import dotted
from whygrad.source.imports import meaning
from whygrad.source.module import SourceModule
from whygrad.source.project.project import Project


class Replaced(NamedTuple):
    """A statement that puts a tensor in a variable's place."""

    kept: Kept
    module: SourceModule
    statement: ast.Assign | ast.AnnAssign | ast.AugAssign
    place: SourceLocation
    certain: bool


def replaced(project: Project) -> Iterator[Replaced]:
    """Every such statement of the project's classes, each once."""
    seen: set[tuple[str, int]] = set()
    for one in kept(project):
        if one.base is Base.NNX:
            continue
        if not all(h.what is Holds.PARAMETER and h.learns is True for h in one.made):
            continue
        setup = setting_up(one.line)
        for stored in one.group:
            if stored.store.method not in setup and project.is_own(stored.known.path):
                found = _looked_at(one, stored)
                key = (stored.known.path, stored.store.span.line)
                if found is not None and key not in seen:
                    seen.add(key)
                    yield found


def _looked_at(one: Kept, stored: Stored) -> Replaced | None:
    module = one.project.module(stored.known.path)
    if module is None or stored.store.how not in ("assign", "augmented"):
        return None
    statement = statement_in(module, stored.store.span)
    if isinstance(statement, ast.AugAssign):
        # Of a `tf.Variable`, TensorFlow says so itself, and stops.
        if any(held.name == TF_VARIABLE for held in one.made) or one.base is Base.KERAS_2:
            return None
    elif not isinstance(statement, ast.Assign | ast.AnnAssign):
        return None
    else:
        value = statement.value
        if value is None or not _of_itself(value, one.attribute):
            return None
        if not _makes_tensor(module, value):
            return None
    method = stored.store.method
    called = method in {m.name for m in reached_from(one.line, CALLS)}
    certain = called or _called_in_loop(one.project, method)
    return Replaced(one, module, statement, module.span(statement), certain)


def _of_itself(value: ast.expr, attribute: str) -> bool:
    return any(
        isinstance(node, ast.Attribute) and node.attr == attribute and dotted(node.value) == "self"
        for node in ast.walk(value)
    )


def _makes_tensor(module: SourceModule, value: ast.expr) -> bool:
    if isinstance(value, ast.BinOp | ast.UnaryOp):
        return True
    if not isinstance(value, ast.Call):
        return False
    name = meaning(module, dotted(value.func), value.lineno) or ""
    head, _, last = name.rpartition(".")
    ours = head.split(".")[0] in ("tensorflow", "keras", "tf_keras")
    return ours and last[:1].islower() and not last.startswith(("assign", "set_", "recompute"))


def _called_in_loop(project: Project, method: str) -> bool:
    """`critic.clip()`, in a loop."""
    for path in project.files():
        if f".{method}(" not in project.text(path):
            continue
        module = project.module(path)
        for node in module.attributes.get(method, ()) if module is not None else ():
            assert module is not None
            call = module.parent(node)
            if not isinstance(call, ast.Call) or call.func is not node:
                continue
            outer: ast.AST | None = call
            while outer is not None and not isinstance(outer, ast.FunctionDef | ast.ClassDef):
                if isinstance(outer, ast.For | ast.While):
                    return True
                outer = module.parent(outer)
    return False
