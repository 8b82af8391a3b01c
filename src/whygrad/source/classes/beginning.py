"""Where something is registered before the framework's own constructor has run, which PyTorch and
Keras refuse: the call that has to come first, and the edits that put it there.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import partial
from typing import Final, NamedTuple

from whygrad.model.source import Edit, SourceLocation
from whygrad.source.attributes import methods, self_name
from whygrad.source.classes.bases import Known, Lineage, lineage, resolve_at
from whygrad.source.classes.known import base_of
from whygrad.source.classes.methods import reached_from
from whygrad.source.classes.resolve import Sort
from whygrad.source.classes.sooner import Sooner, sooner
from whygrad.source.expressions import dotted
from whygrad.source.facts.signs import BASE
from whygrad.source.module import Function, SourceModule
from whygrad.source.project.project import Project
from whygrad.source.splice import Edits, checked, lines_of, newline_of

_CONSTRUCTORS: Final = ("__init__", "__post_init__")


class Late(NamedTuple):
    """A framework's constructor that runs after something is registered."""

    call: str
    """`super().__init__()`, with its arguments."""
    place: SourceLocation
    edits: Edits
    """What puts it in front; empty where that is not certain to be right."""


class _Call(NamedTuple):
    """The call of a framework's constructor in a method."""

    module: SourceModule
    method: Function
    node: ast.Call


def late_constructor(project: Project, place: SourceLocation) -> Late | None:
    """The constructor that runs only after the statement at a place, if there is one."""
    own = _holder(project, place)
    if own is None:
        return None
    known, module, method = own
    statement = module.statement_of(place)
    lines = list(_lines_with(project, known))
    found = _call_in(project, known, module, method)
    if found is not None and statement is not None and method.name in _CONSTRUCTORS:
        if module.start(found.node) < module.start(statement):
            return None
        return _late(known, found, statement, lines)
    for line in lines:
        for other in line.classes:
            late = _calling(project, line, other, known, method)
            if late is not None:
                call, early = late
                if other == known:
                    return _late(known, call, early, lines)
                return _said(call.module, call.node)
    return None


def _holder(project: Project, place: SourceLocation) -> tuple[Known, SourceModule, Function] | None:
    """The class and the method in which a place lies."""
    path = next((p for p in project.files() if project.shown(p) == place.path), None)
    module = project.module(path) if path is not None else None
    cls = module.enclosing_class(place.line) if module is not None else None
    line = lineage(project, path, cls.qualname) if path is not None and cls is not None else None
    if module is None or line is None or cls is None or not isinstance(cls.node, ast.ClassDef):
        return None
    for method in methods(cls.node):
        if method.lineno <= place.line <= (method.end_lineno or method.lineno):
            return line.classes[0], module, method
    return None


def _lines_with(project: Project, known: Known) -> Iterator[Lineage]:
    """The lineage of a class, and those of all that inherit from it."""
    seen = {(known.path, known.facts.qualname)}
    todo = [known]
    while todo:
        one = todo.pop()
        line = lineage(project, one.path, one.facts.qualname)
        if line is None:
            continue
        yield line
        name = one.facts.qualname.rpartition(".")[2]
        for path in project.files(BASE + name):
            facts = project.facts(path)
            for cls in facts.classes if facts is not None else ():
                heir = lineage(project, path, cls.qualname)
                if heir is None or (path, cls.qualname) in seen or known not in heir.classes:
                    continue
                seen.add((path, cls.qualname))
                todo.append(heir.classes[0])


def _calling(
    project: Project, line: Lineage, other: Known, known: Known, method: Function
) -> tuple[_Call, ast.stmt] | None:
    """A constructor that calls a method before the framework's own constructor: that call, and the
    statement from which the method is reached.
    """
    names = {m.name for m in other.facts.methods}.intersection(_CONSTRUCTORS)
    module = project.module(other.path) if names else None
    cls = module.class_named(other.facts.qualname) if module is not None else None
    if module is None or cls is None:
        return None
    for constructor in methods(cls):
        own = other == known and constructor.name == method.name
        if constructor.name not in _CONSTRUCTORS or own:
            continue
        call = _call_in(project, other, module, constructor)
        if call is None:
            continue
        for statement in constructor.body:
            if module.start(statement) >= module.start(call.node):
                break
            if _reaches(project, line, (other, constructor), statement, (known, method)):
                return call, statement
    return None


def _reaches(
    project: Project,
    line: Lineage,
    where: tuple[Known, Function],
    statement: ast.stmt,
    target: tuple[Known, Function],
) -> bool:
    """Whether a statement of a constructor calls a method of the object, by whatever way."""
    other, constructor = where
    known, method = target
    owner = self_name(constructor)
    for node in ast.walk(statement):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if node.func.attr == method.name and method.name in _CONSTRUCTORS:
                named = dotted(node.func.value)
                meanings = resolve_at(project, other, named) if named else None
                if meanings and any(m.qualname == known.facts.qualname for m in meanings):
                    return True
            elif dotted(node.func.value) == owner:
                reached = reached_from(line, {node.func.attr})
                if any(m.name == method.name for m in reached):
                    return method.name not in _CONSTRUCTORS
    return False


def _call_in(
    project: Project, known: Known, module: SourceModule, method: Function
) -> _Call | None:
    """The first call of a constructor that runs the framework's own."""
    owner = self_name(method)
    found = [
        node
        for node in ast.walk(method)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "__init__"
        and _runs_framework(project, known, node, owner)
    ]
    first = min(found, key=module.start, default=None)
    return _Call(module, method, first) if first is not None else None


def _runs_framework(project: Project, known: Known, call: ast.Call, owner: str | None) -> bool:
    """`super().__init__()`, or `nn.Module.__init__(self)` of what is, or may be, a model."""
    assert isinstance(call.func, ast.Attribute)
    base = call.func.value
    if isinstance(base, ast.Call):
        return dotted(base.func) == "super"
    if not call.args or dotted(call.args[0]) != owner or owner is None:
        return False
    meanings = resolve_at(project, known, dotted(base) or "?")
    if not meanings:
        return True
    for meaning in meanings:
        if meaning.sort is Sort.OUTSIDE and base_of(meaning.name) is not False:
            return True
        line = lineage(project, meaning.path, meaning.qualname) if meaning.path else None
        if line is not None and (line.bases or not line.complete):
            return True
    return False


# -- putting it in front


def _said(module: SourceModule, call: ast.Call, edits: Edits = ()) -> Late:
    return Late(module.segment(call), module.span(call), edits)


def _late(known: Known, call: _Call, early: ast.stmt, lines: list[Lineage]) -> Late:
    """What puts a call before an early statement of the same method, if nothing speaks against."""
    module, body = call.module, call.method.body
    moved = next((s for s in body if isinstance(s, ast.Expr) and s.value is call.node), None)
    first = next((s for s in body if module.end(s) >= module.start(early)), None)
    if moved is None or first is None or moved is first:
        return _said(module, call.node)
    asked = sooner(module, call.method, call.node, known, lines)
    anchor = _anchor(body, moved, asked) if asked is not None else None
    if anchor is None or body.index(anchor) > body.index(first):
        return _said(module, call.node)
    return _said(module, call.node, _moved(module, moved, anchor) or ())


def _anchor(body: list[ast.stmt], moved: ast.stmt, asked: Sooner) -> ast.stmt | None:
    """The first statement that touches the object, as far up as the call can go. It does not depend
    on what is to be registered, so that several fixes agree on it.
    """
    index = body.index(moved)
    while index > 0 and asked.may_follow(body[index - 1]):
        index -= 1
    touching = (s for s in body[index : body.index(moved)] if asked.touches(s))
    return next(touching, None)


def _moved(module: SourceModule, moved: ast.stmt, anchor: ast.stmt) -> Edits | None:
    whole = lines_of(module, moved)
    start, column = module.start(anchor)
    indent = module.lines[start - 1][: column - 1]
    if whole is None or indent.strip():
        return None
    is_comment = partial(_is_comment, module, indent)
    first, last = whole[0][0], whole[1][0] - 1 if whole[1][1] == 1 else whole[1][0]
    while is_comment(first - 1):
        first -= 1
    text = module.between((first, 1), whole[1]).rstrip("\r\n") + newline_of(module)
    while is_comment(start - 1):
        start -= 1
    blank = first
    if _is_blank(module, last + 1):
        # What was set off by blank lines leaves one of them behind.
        while blank - 1 > start and _is_blank(module, blank - 1):
            blank -= 1
    gone = (blank, 1)
    if whole[1][1] != 1:
        # The file ends without a line end, and will again.
        gone = (blank - 1, len(module.lines[blank - 2].rstrip("\r\n")) + 1)
    return checked(
        module,
        [
            Edit(module.path, (start, 1), (start, 1), text),
            Edit(module.path, gone, whole[1], ""),
        ],
    )


def _is_comment(module: SourceModule, indent: str, line: int) -> bool:
    text = module.lines[line - 1] if line >= 1 else ""
    return text.startswith(f"{indent}#")


def _is_blank(module: SourceModule, line: int) -> bool:
    return line > len(module.lines) or not module.lines[line - 1].strip()
