"""What a model's own call makes anew, flags that mean nothing, buffers that ask for a gradient."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Final

from whygrad.source.dataflow.losing import place_of
from whygrad.source.dataflow.record import Event, Happened
from whygrad.source.dataflow.values import Root, Site
from whygrad.source.facts.words import FLAGS
from whygrad.source.module import SourceModule
from whygrad.source.project.project import Project
from whygrad.source.training.faults import Fault, Loop, distinct, loops

_MISSPELLED: Final = frozenset({
    "require_grad", "require_grads", "requires_grads", "required_grad", "requires_gradient",
    "require_gradient", "requiresgrad", "trainabel", "trainble", "traineable", "trainabe",
    "trianable", "trainalbe", "tranable", "trainabl",
})  # fmt: skip


def created(project: Project) -> tuple[Fault, ...]:
    """Layers, parameters and random tensors that a model's call makes at every call."""
    return distinct(fault for loop in loops(project) for fault in _created(project, loop))


def _created(project: Project, loop: Loop) -> Iterator[Fault]:
    stored = {e.value.live: e for e in loop.happened(Happened.CREATED) if "|" in e.detail}
    for event in loop.happened(Happened.CREATED):
        if "|" in event.detail:
            continue
        root = _root_at(loop, event)
        if root is None or root.site not in loop.every.live or root in loop.found.frozen:
            continue
        if root in loop.found.loaded or not _every_time(project, event):
            continue
        holder = next((e for live, e in stored.items() if root in live), None)
        cut = holder is not None and any(f.cut for f in holder.value.flows)
        if cut or (event.detail == "parameter" and event.value.flows):
            # What is computed from others is `rewrapped`, unless it takes the place of one.
            if holder is not None and _own_value(holder, loop):
                yield Fault("replaced", holder.site, loop.names([root]))
            continue
        if event.detail == "module" and holder is None and not _only_called(project, event.site):
            continue
        yield Fault("created", event.site, loop.names([root]))


def _own_value(event: Event, loop: Loop) -> bool:
    """Whether the new parameter is made of what went by that name before."""
    name = event.detail.partition("|")[0]
    before = {f.root for f in event.value.flows if f.cut is not None}
    return any(loop.found.names.get(r) == f"self.{name}" for r in before)


def _root_at(loop: Loop, event: Event) -> Root | None:
    kinds = {"module": "module", "parameter": "parameter", "tensor": "tensor"}
    roots = (r for r in loop.found.live if r.site == event.site)
    return next((r for r in roots if r.kind == kinds[event.detail]), None)


def _every_time(project: Project, event: Event) -> bool:
    """Whether nothing around it says that it is made on the first call only."""
    found = place_of(project, event.site)
    if found is None:
        return False
    module, place = found
    node: ast.AST | None = module.statement_of(place)
    guards = 0
    while node is not None and not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        inner, node = node, module.parent(node)
        if isinstance(node, (ast.Try, ast.ExceptHandler, ast.IfExp)):
            return False
        if isinstance(node, ast.If) and inner is not node.test:
            guards += 1
            if not _each_time(node.test) or _stored_in(node) & _read_in(node.test):
                return False
    return guards >= event.conditional


def _each_time(test: ast.expr) -> bool:
    """Whether a test only compares numbers. A flag, or `is None`, is how people make something on
    the first call.
    """
    if isinstance(test, ast.BoolOp):
        return all(_each_time(value) for value in test.values)
    if isinstance(test, ast.UnaryOp):
        return _each_time(test.operand)
    compares = (ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE)
    return isinstance(test, ast.Compare) and all(isinstance(op, compares) for op in test.ops)


def _stored_in(node: ast.If) -> set[str]:
    """The attributes that are stored under a test."""
    stores = (n for s in node.body for n in ast.walk(s) if isinstance(n, ast.Attribute))
    return {n.attr for n in stores if isinstance(n.ctx, ast.Store)}


def _read_in(test: ast.expr) -> set[str]:
    return {n.attr for n in ast.walk(test) if isinstance(n, ast.Attribute)}


def _only_called(project: Project, site: Site) -> bool:
    """Whether a layer that is kept under a local name is called, and nothing else is done to it:
    others are given weights of their own.
    """
    found = place_of(project, site)
    if found is None:
        return False
    module, place = found
    statement = module.statement_of(place)
    made = module.expression_at(place)
    outer = module.parent(made) if made is not None else None
    if isinstance(outer, ast.Call) and outer.func is made:
        return True
    if not isinstance(statement, ast.Assign) or not isinstance(statement.targets[0], ast.Name):
        return False
    if statement.value is not made:
        return False
    name = statement.targets[0].id
    scope = module.enclosing_scope(place.line).node
    uses = [n for n in ast.walk(scope) if isinstance(n, ast.Name) and n.id == name]
    loads = [n for n in uses if isinstance(n.ctx, ast.Load)]
    calls = (module.parent(n) for n in loads)
    return bool(loads) and all(
        isinstance(c, ast.Call) and c.func is n for c, n in zip(calls, loads, strict=True)
    )


def flags(project: Project) -> tuple[Fault, ...]:
    """`module.requires_grad = False`, `p.require_grad = True`: attributes that mean nothing."""
    found = [fault for loop in loops(project) for fault in _on_modules(project, loop)]
    for path in project.files(FLAGS):
        module = project.module(path)
        if module is not None:
            found += _misspelled(module, path)
    return distinct(found)


def _on_modules(project: Project, loop: Loop) -> Iterator[Fault]:
    for event in loop.happened(Happened.FLAGGED):
        roots = {r for r in event.value.live if r.site is not None}
        frozen = roots & loop.found.frozen
        if event.detail == "True" and frozen:
            yield Fault("on", event.site, loop.names(frozen), certain=True)
        elif event.detail == "False" and roots:
            yield Fault("off", event.site, loop.names(roots), certain=False)


def _misspelled(module: SourceModule, path: str) -> Iterator[Fault]:
    for statement in module.statements:
        if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
            continue
        target, value = statement.targets[0], statement.value
        if not isinstance(target, ast.Attribute) or target.attr not in _MISSPELLED:
            continue
        own = isinstance(target.value, ast.Name) and target.value.id == "self"
        if own or not isinstance(value, ast.Constant) or not isinstance(value.value, bool):
            continue
        site = Site(
            path,
            target.lineno,
            target.col_offset,
            target.end_lineno or target.lineno,
            target.end_col_offset or target.col_offset,
        )
        name = module.segment(target.value)
        kind = "misspelled on" if value.value else "misspelled off"
        yield Fault(kind, site, (name,), target.attr, certain=value.value)


def buffers(project: Project) -> tuple[Fault, ...]:
    """Tensors that ask for a gradient and are registered as buffers."""
    return distinct(
        Fault("buffer", event.site, loop.names(event.value.live))
        for loop in loops(project)
        for event in loop.happened(Happened.BUFFERED)
    )
