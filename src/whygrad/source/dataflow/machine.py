"""The state of a program that is followed: names, objects, what happened, what is still allowed."""

from __future__ import annotations

import ast
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from whygrad.source.dataflow.record import Event, Found, Frame, Happened, Others
from whygrad.source.dataflow.values import (
    ANY,
    NOTHING,
    UNKNOWN,
    Cause,
    Closure,
    Cut,
    Flow,
    Object,
    Root,
    Site,
    Sort,
    Value,
    computed,
    cut_by,
    grown_up,
    joined,
)
from whygrad.source.facts.words import TAPES
from whygrad.source.project.project import Project

_DEEPEST: Final = 14
_SHALLOW: Final = 2
"""How deep calls are followed once half of the budget is spent."""
_MORE: Final = 2
"""So many times its budget a program may take in addition, to come to its end in that way."""
_HOLDS: Final = (Sort.INSTANCE, Sort.MODULE)


class OutOfBudgetError(Exception):
    """Too much to follow."""


class Machine(ABC):
    """What all parts of the interpreter share."""

    def __init__(self, project: Project, budget: int) -> None:
        """`budget` is how many statements are followed; past half of it calls are no longer
        followed deep, and what takes much more than it is given up.
        """
        self.project = project
        self.budget = self.left = budget
        self.shortened = False
        """Whether calls were not followed, for that budget."""
        self.out_of_sight: dict[int, tuple[int, int]] = {}
        """The state in which names were taken for what such a call may use, by their id."""
        self.found = Found()
        self.heap: dict[tuple[Object, str], Value] = {}
        self.tops: dict[str, dict[str, Value]] = {}
        self.closures: dict[int, Closure] = {}
        self.off: Cut | None = None
        """The region in which no gradient is recorded."""
        self.loops: list[Site] = []
        self.round = 0
        self.conditional = 0
        self.stack: list[Closure] = []
        self.layers: dict[Object, Root] = {}
        self.names: dict[object, Value] = {}
        self.looked_up: dict[object, tuple[Closure, bool] | None] = {}
        self.memo: dict[object, tuple[int, Value]] = {}
        self.making: list[Object] = []
        """The objects whose constructors run."""
        self.forwards = 0
        """How many calls of a model are being followed."""
        self.entered = 0
        """How many branches stood around the call of the model."""
        self.hooked: set[Object] = set()
        """Modules whose calls somebody listens to."""
        self.pending: list[Object] = []
        """Functions that other code got, and that were not run yet."""
        self.empty: set[Object] = set()
        """Generators that have given all their items."""
        self.taped = any(True for _ in project.files(TAPES))
        """Whether somebody uses tapes, which see only what is computed while they are open."""
        self.tapes: frozenset[Site] = frozenset()
        """Those that are open."""
        self.paused: Cut | None = None
        self.other = Others()
        self.version = 0
        """Changes with everything that is remembered outside of names."""
        self.state = 0
        """Changes with everything outside of a function that its result may depend on."""
        self.outer: set[str] = set()
        """Names that functions were seen to read from outside of themselves."""
        self.moved = 0
        """Changes with every name outside of functions."""

    # -- what the other parts offer

    @abstractmethod
    def evaluate(self, node: ast.expr | None, frame: Frame) -> Value:
        """What an expression stands for."""

    @abstractmethod
    def run_block(self, block: Sequence[ast.stmt], frame: Frame) -> None:
        """Follow statements in order."""

    @abstractmethod
    def call(
        self, callee: Value, args: list[Value], named: dict[str, Value], site: Site, frame: Frame
    ) -> Value:
        """What a call gives, whatever is called."""

    @abstractmethod
    def call_closure(self, closure: Closure, args: list[Value], named: dict[str, Value]) -> Value:
        """What a function of a function gives."""

    @abstractmethod
    def unknown_call(
        self, callee: Value, args: list[Value], named: dict[str, Value], site: Site
    ) -> Value:
        """Code that is not followed: whatever goes in may be used, and may come out again."""

    # -- places

    def site(self, node: ast.expr | ast.stmt, frame: Frame) -> Site:
        """The place of a node."""
        return Site(
            frame.path,
            node.lineno,
            node.col_offset,
            node.end_lineno or node.lineno,
            node.end_col_offset or node.col_offset,
        )

    # -- limits

    def spend(self, amount: int = 1) -> None:
        """Count a statement."""
        self.left -= amount
        if self.left < -_MORE * self.budget:
            raise OutOfBudgetError

    def too_deep(self, closure: Closure) -> bool:
        """Whether a call is not followed any more. What it may use is then used there."""
        if self.left < self.budget // 2 and len(self.stack) >= _SHALLOW:
            self.shortened = True
            now = self.state, self.moved
            for names in (*closure.around, *self.tops.values()):
                if self.out_of_sight.get(id(names)) != now:
                    self.out_of_sight[id(names)] = now
                    for value in names.values():
                        data = frozenset(o for o in value.objects if o.closure is None)
                        self.leaves(Value(value.flows, data), unknown=True)
            return True
        return len(self.stack) >= _DEEPEST or self.stack.count(closure) >= 2

    # -- what happens

    def note(
        self,
        what: Happened,
        site: Site,
        value: Value,
        object: Object | None = None,
        detail: str = "",
        whole: Value = NOTHING,
    ) -> None:
        """Keep an event."""
        self.version += 1
        self.found.events.append(
            Event(
                what,
                site,
                value,
                object,
                tuple(self.loops),
                self.round,
                self.conditional - (self.entered if what is Happened.CREATED else 0),
                detail,
                whole,
            )
        )

    def op(self, values: Sequence[Value], site: Site | None = None) -> Value:
        """A tensor computed from values, here and now: a region without gradient cuts it."""
        value = grown_up(computed(values))
        if self.taped:
            value = self._recorded(value, site)
        if site is not None:
            for flow in value.flows:
                if flow.cut is None and flow.root is not ANY:
                    self.used_at(flow.root, site)
        return cut_by(value, self.off) if self.off is not None else value

    def _recorded(self, value: Value, site: Site | None) -> Value:
        """The value of an op, with the tapes that saw it."""
        flows = set()
        for flow in value.flows:
            before = flow.tapes
            after = self.tapes if before is None else before & self.tapes
            if flow.cut is None and flow.root is not ANY and after != before:
                missed = flow.missed
                if site is not None and (not after or before is not None):
                    missed = self.paused or Cut(Cause.GRAD_DISABLED, "GradientTape", site)
                flow = Flow(flow.root, None, after, missed)
            flows.add(flow)
        return Value(frozenset(flows), value.objects, value.parts, value.known)

    def used_at(self, root: Root, site: Site) -> None:
        """Note that something that learns was computed with."""
        self.found.used.setdefault(root, {})[site] = None

    # -- where values go

    def leaves(self, value: Value, *, unknown: bool = False) -> None:
        """The value leaves what is followed: gradient may come to it from there."""
        found = self.found
        for flow in self.through(self.everything(value).flows):
            if flow.cut is not None:
                cuts = found.cuts.setdefault(flow.root, {})
                self.version += flow.cut not in cuts
                cuts[flow.cut] = None
            else:
                self.version += flow.root not in found.live
                found.live.add(flow.root)
                if unknown:
                    found.unseen_sink.add(flow.root)
        for item in value.objects:
            if item.sort is not Sort.CONSTANT and item not in found.handed:
                self.version += 1
                self.found.handed.add(item)
                if item.sort is Sort.GROUPS:
                    self.found.handed.add(item._replace(sort=Sort.OPTIMIZER))
                if item.closure is not None and item.sort in (Sort.FUNCTION, Sort.METHOD):
                    self.pending.append(item)

    def through(self, flows: Iterable[Flow]) -> Iterator[Flow]:
        """Ways, with those of a gradient in place of it: it depends on what it was asked of."""
        for flow in flows:
            if flow.root.kind != "gradient" or flow.root.site is None:
                yield flow
                continue
            self.consume(flow)
            for root in self.found.gradients.get(flow.root.site, ()):
                yield Flow(root, flow.cut)

    def consume(self, flow: Flow) -> None:
        """Something is made of a gradient."""
        if flow.root.kind == "gradient" and flow.root.site is not None:
            self.found.consumed.add(flow.root.site)

    def run_handed(self) -> None:
        """Run the functions that somebody else may call: later, when all is in its place."""
        while self.pending:
            item = self.pending.pop(0)
            closure = item.closure
            if closure is None or id(closure.node) in self.found.ran:
                continue
            given = self.bound(item)
            count = len(closure.node.args.posonlyargs) + len(closure.node.args.args) - len(given)
            self.leaves(self.call_closure(closure, [*given, *[UNKNOWN] * max(0, count)], {}))

    def bound(self, item: Object) -> list[Value]:
        """The object that a method is bound to, as its first argument."""
        if item.sort is not Sort.METHOD or item.owner is None:
            return []
        name, site, inside = item.owner
        return [Value(objects=frozenset({Object(Sort.INSTANCE, name, site, inside)}), known=True)]

    def everything(self, value: Value) -> Value:
        """The value with all that its objects hold and that learns."""
        todo = [o for o in value.objects if o.sort in _HOLDS]
        if not todo:
            return value
        seen = set(todo)
        flows = set(value.flows)
        for item in todo:
            for (owner, _), held in self.heap.items():
                if owner == item:
                    flows |= held.flows
                    more = {o for o in held.objects if o.sort in _HOLDS} - seen
                    seen |= more
                    todo += more
        return Value(frozenset(flows), value.objects, value.parts, value.known)

    def roots(self, value: Value) -> frozenset[Root]:
        """What learns in a value, an object or a container."""
        return frozenset(f.root for f in self.everything(value).flows)

    # -- attributes

    def store(self, item: Object, name: str, value: Value) -> None:
        """Put a value on an object. What was there may still be there."""
        key = (item, name)
        before = self.heap.get(key)
        after = value if before is None else joined([before, value])
        if before is None or after != before:
            self.heap[key] = after
            self.version += 1
            self.state += 1

    def load(self, item: Object, name: str) -> Value | None:
        """What an object has under a name."""
        found = [v for k in (name, "*") if (v := self.heap.get((item, k))) is not None]
        return joined(found) if found else None

    # -- regions

    @contextmanager
    def region(self, cut: Cut | None) -> Iterator[None]:
        """Gradient is off (or on again, with None) inside."""
        before, self.off = self.off, cut
        try:
            yield
        finally:
            self.off = before

    @contextmanager
    def branch(self) -> Iterator[None]:
        """What happens inside may not happen."""
        self.conditional += 1
        try:
            yield
        finally:
            self.conditional -= 1
