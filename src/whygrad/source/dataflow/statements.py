"""Statements, followed in order: branches both ways, loops twice."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Any, Final

from whygrad.source.dataflow.record import Frame, Happened
from whygrad.source.dataflow.tables import NO_GRAD, SET_GRAD, WITH_GRAD
from whygrad.source.dataflow.targets import Targets
from whygrad.source.dataflow.values import (
    NOTHING,
    UNKNOWN,
    Cause,
    Cut,
    Object,
    Site,
    Sort,
    Value,
    constant,
    joined,
)
from whygrad.source.facts.bindings import imports_of

_ROUNDS: Final = 2
_NESTED: Final = 3
"""Loops in as many loops are run once: what goes round has been round outside. So are those in the
second turn of another.
"""


class Statements(Targets):
    """See `Machine`."""

    def run_block(self, block: Sequence[ast.stmt], frame: Frame) -> None:
        for statement in block:
            if frame.stopped:
                return
            self.spend()
            run = _RUN.get(type(statement))
            if run is not None:
                run(self, statement, frame)

    # -- simple ones

    def _expression(self, node: ast.Expr, frame: Frame) -> None:
        if isinstance(node.value, ast.Attribute):
            # `optimizer.zero_grad`, which names a method and does not call it.
            self.evaluate(node.value.value, frame)
        else:
            value = self.evaluate(node.value, frame)
            for item in value.of(Sort.UPDATED):
                site = self.site(node.value, frame)
                state = item.name == "apply_gradients" and item.site == site
                if value.known or item.name == "apply_updates" or state:
                    self.note(Happened.DROPPED, site, value, item)

    def _assign(self, node: ast.Assign, frame: Frame) -> None:
        value = self.evaluate(node.value, frame)
        for target in node.targets:
            self.assign(target, value, frame)
        inside = self.loops or frame.closure is not None
        if inside and len(node.targets) == 1 and value.of(Sort.UPDATED):
            self._never_read(node, value, frame)

    def _never_read(self, node: ast.Assign, value: Value, frame: Frame) -> None:
        """New values of parameters that are given a name, and nobody reads it."""
        target = node.targets[0]
        several = isinstance(target, (ast.Tuple, ast.List))
        names = target.elts if isinstance(target, (ast.Tuple, ast.List)) else [target]
        scope = frame.closure.node if frame.closure is not None else frame.module.tree
        for index, name in enumerate(names):
            part = value.part(index) if several else value
            if part is None or not part.of(Sort.UPDATED) or not isinstance(name, ast.Name):
                continue
            item = part.of(Sort.UPDATED)[0]
            uses = (n for n in ast.walk(scope) if isinstance(n, ast.Name) and n.id == name.id)
            outside = frame.closure is None or name.id not in frame.globals
            if (
                item.name != "update"
                and outside
                and all(isinstance(n.ctx, ast.Store) for n in uses)
            ):
                self.note(Happened.DROPPED, self.site(node.value, frame), part, item, "named")

    def _annotated(self, node: ast.AnnAssign, frame: Frame) -> None:
        if node.value is not None:
            self.assign(node.target, self.evaluate(node.value, frame), frame)

    def _augmented(self, node: ast.AugAssign, frame: Frame) -> None:
        before = self.evaluate(node.target, frame)
        value = self.evaluate(node.value, frame)
        self.assign(node.target, self.binary(node.op, before, value, node, frame), frame)

    def _return(self, node: ast.Return, frame: Frame) -> None:
        frame.returned.append(self.evaluate(node.value, frame) if node.value else NOTHING)
        frame.stopped = True

    def _stop(self, node: ast.stmt, frame: Frame) -> None:
        if isinstance(node, ast.Raise):
            self.evaluate(node.exc, frame)
        else:
            frame.jumped.append(dict(frame.names))
        frame.stopped = True

    def _delete(self, node: ast.Delete, frame: Frame) -> None:
        for target in node.targets:
            if isinstance(target, ast.Name):
                frame.names.pop(target.id, None)

    def _define(self, node: ast.FunctionDef | ast.AsyncFunctionDef, frame: Frame) -> None:
        closure = self.closure_of(node, frame)
        item = Object(Sort.FUNCTION, node.name, self.site(node, frame), (), closure)
        frame.names[node.name] = Value(objects=frozenset({item}), known=True)

    def _class(self, node: ast.ClassDef, frame: Frame) -> None:
        scope = next((s for s in frame.module.definitions if s.node is node), None)
        if scope is not None:
            item = Object(Sort.CLASS, f"{frame.path}:{scope.qualname}")
            frame.names[node.name] = Value(objects=frozenset({item}), known=True)

    def _import(self, node: ast.Import | ast.ImportFrom, frame: Frame) -> None:
        for name, meaning in imports_of(node):
            if name != "*":
                frame.names[name] = self.imported(meaning, frame)

    def _global(self, node: ast.Global | ast.Nonlocal, frame: Frame) -> None:
        frame.globals.update(node.names)

    # -- compound ones

    def _if(self, node: ast.If, frame: Frame) -> None:
        self.evaluate(node.test, frame)
        if _is_main(node.test):
            self.run_block(node.body, frame)
            return
        with self.branch():
            self.alternatives([node.body, node.orelse], frame)

    def alternatives(self, blocks: Sequence[Sequence[ast.stmt]], frame: Frame) -> None:
        """Run blocks of which one runs; afterwards the names hold what any of them left."""
        before, off = dict(frame.names), self.off
        ends: list[dict[str, Value]] = []
        offs: list[Cut | None] = []
        for block in blocks:
            left = dict(frame.names)
            frame.names.clear()
            frame.names.update(before)
            self.all_seen_outside(frame, left)
            self.off, frame.stopped = off, False
            self.run_block(block, frame)
            if not frame.stopped:
                ends.append(dict(frame.names))
                offs.append(self.off)
        frame.stopped = not ends
        self.off = offs[0] if offs and None not in offs else (None if offs else off)
        left = dict(frame.names)
        _replace(frame.names, ends or [before])
        self.all_seen_outside(frame, left)

    def _for(self, node: ast.For | ast.AsyncFor, frame: Frame) -> None:
        over = self.evaluate(node.iter, frame)
        item = self.element(over, node.iter, frame)

        def begin() -> None:
            self.assign(node.target, item, frame)

        self._rounds(node, frame, begin)

    def _while(self, node: ast.While, frame: Frame) -> None:
        def begin() -> None:
            self.evaluate(node.test, frame)

        self._rounds(node, frame, begin)

    def _rounds(self, node: ast.For | ast.AsyncFor | ast.While, frame: Frame, begin: Any) -> None:
        first: list[dict[str, Value]] = []
        round, jumped = self.round, frame.jumped
        frame.jumped = []
        self.loops.append(self.site(node, frame))
        for turn in range(1 if len(self.loops) > _NESTED or round else _ROUNDS):
            self.round = turn or round
            begin()
            self.run_block(node.body, frame)
            ends = [*frame.jumped, *([] if frame.stopped else [dict(frame.names)])]
            frame.stopped = False
            frame.jumped.clear()
            # That a loop is not entered at all is not taken into account: it would be no training.
            left = dict(frame.names)
            _replace(frame.names, [*first, *ends] or [left])
            self.all_seen_outside(frame, left)
            first = ends
        self.loops.pop()
        self.round, frame.jumped = round, jumped
        self.run_block(node.orelse, frame)

    def _with(self, node: ast.With | ast.AsyncWith, frame: Frame) -> None:
        before, tapes, paused = self.off, self.tapes, self.paused
        for item in node.items:
            region = self.region_of(item.context_expr, frame)
            if region is not None:
                self.off = region[0]
                continue
            value = self.evaluate(item.context_expr, frame)
            if self.taped:
                self._open_tape(value, self.site(item.context_expr, frame))
            if item.optional_vars is not None:
                self.assign(item.optional_vars, value, frame)
        self.run_block(node.body, frame)
        self.off, self.tapes, self.paused = before, tapes, paused

    def _open_tape(self, value: Value, site: Site) -> None:
        """`with tf.GradientTape() as tape:`, `with tape.stop_recording():`."""
        self.tapes |= {o.site for o in value.of(Sort.TAPE) if o.site is not None}
        for item in value.of(Sort.PAUSE):
            self.tapes -= {item.site} if item.site is not None else set()
            self.paused = Cut(Cause.GRAD_DISABLED, "stop_recording", site)

    def region_of(self, node: ast.expr, frame: Frame) -> tuple[Cut | None] | None:
        """What a `with` or a decorator does to recording; None where it is about something else."""
        call = node if isinstance(node, ast.Call) else None
        callee = self.evaluate(call.func if call is not None else node, frame)
        names = {o.name for o in callee.of(Sort.LIBRARY)}
        if not callee.known or not names:
            return None
        if names <= NO_GRAD:
            if call is not None and call.args and not _is_true(call.args[0]):
                return (self.off,)
            return (Cut(Cause.GRAD_DISABLED, _said(node), self.site(node, frame)),)
        if names <= WITH_GRAD:
            return (None,)
        if names <= SET_GRAD and call is not None:
            given = [*call.args, *(k.value for k in call.keywords)]
            mode = self.evaluate(given[0], frame) if given else UNKNOWN
            if mode == constant(False):
                return (Cut(Cause.GRAD_DISABLED, _said(node), self.site(node, frame)),)
            return (None,)
        return None

    def _try(self, node: ast.Try, frame: Frame) -> None:
        self.run_block(node.body, frame)
        stopped, frame.stopped = frame.stopped, False
        with self.branch():
            handlers = [handler.body for handler in node.handlers]
            if handlers:
                self.alternatives([[] if not stopped else [ast.Pass()], *handlers], frame)
            else:
                frame.stopped = stopped
        if not frame.stopped:
            self.run_block(node.orelse, frame)
        stopped, frame.stopped = frame.stopped, False
        self.run_block(node.finalbody, frame)
        frame.stopped = frame.stopped or stopped

    def _match(self, node: ast.Match, frame: Frame) -> None:
        subject = self.evaluate(node.subject, frame)
        for case in node.cases:
            for part in ast.walk(case.pattern):
                name = getattr(part, "name", None)
                if isinstance(name, str):
                    frame.names[name] = subject
        with self.branch():
            self.alternatives([*(case.body for case in node.cases), []], frame)


def _replace(names: dict[str, Value], several: Sequence[dict[str, Value]]) -> None:
    """Names with what any of several ends has of them."""
    if len(several) == 1:
        after = dict(several[0])
    else:
        after = {}
        for name in dict.fromkeys(n for end in several for n in end):
            after[name] = joined(end[name] for end in several if name in end)
    names.clear()
    names.update(after)


def _is_main(node: ast.expr) -> bool:
    return (
        isinstance(node, ast.Compare)
        and isinstance(node.left, ast.Name)
        and node.left.id == "__name__"
    )


def _is_true(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is True


def _said(node: ast.expr) -> str:
    call = node.func if isinstance(node, ast.Call) else node
    return call.attr if isinstance(call, ast.Attribute) else getattr(call, "id", "no_grad")


_RUN: Final[dict[type[ast.stmt], Any]] = {
    ast.Expr: Statements._expression,
    ast.Assign: Statements._assign,
    ast.AnnAssign: Statements._annotated,
    ast.AugAssign: Statements._augmented,
    ast.Return: Statements._return,
    ast.Raise: Statements._stop,
    ast.Continue: Statements._stop,
    ast.Break: Statements._stop,
    ast.Delete: Statements._delete,
    ast.FunctionDef: Statements._define,
    ast.AsyncFunctionDef: Statements._define,
    ast.ClassDef: Statements._class,
    ast.Import: Statements._import,
    ast.ImportFrom: Statements._import,
    ast.Global: Statements._global,
    ast.Nonlocal: Statements._global,
    ast.If: Statements._if,
    ast.For: Statements._for,
    ast.AsyncFor: Statements._for,
    ast.While: Statements._while,
    ast.With: Statements._with,
    ast.AsyncWith: Statements._with,
    ast.Try: Statements._try,
    getattr(ast, "TryStar", ast.Try): Statements._try,
    ast.Match: Statements._match,
}
