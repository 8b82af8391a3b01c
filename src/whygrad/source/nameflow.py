"""Whether a value can get from one place to another by names alone, within what the files show.

Used for values that leave the framework (`.item()`) and come back (`torch.tensor(total)`): in
between there is no op to see, only Python.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from whygrad.model.source import SourceLocation
from whygrad.source.calls import arguments_to, filled, owner_name
from whygrad.source.files import Sources
from whygrad.source.frames import (
    Frame,
    bound_between,
    class_and_self,
    covers,
    is_inside,
    is_number,
    read_frame,
    written_out,
)
from whygrad.source.keys import Chain, Key, State, key_of
from whygrad.source.module import Scope
from whygrad.source.taint import Taint
from whygrad.source.variables import parameters


@dataclass(frozen=True, slots=True)
class Flow:
    """The names by which the value went, in order, each with the line where it got there."""

    names: tuple[tuple[str, int], ...] = ()


@dataclass(slots=True)
class NameFlow:
    """Answers are kept: the same places are asked about at every step of a run."""

    sources: Sources
    _stops: set[int] = field(default_factory=set)
    _taints: dict[object, Taint] = field(default_factory=dict)
    _links: dict[object, Flow | None] = field(default_factory=dict)
    _frames: dict[SourceLocation, Frame | None] = field(default_factory=dict)

    def flows(self, source: SourceLocation, target: SourceLocation) -> Flow | None:
        """Whether the value of one expression can come into another one, by names of their
        function, of an enclosing function, or of the object whose methods they stand in.
        """
        return self.link((source,), (target,))

    def link(
        self,
        leaving: Sequence[SourceLocation],
        returning: Sequence[SourceLocation],
        numbers: Sequence[float] = (),
    ) -> Flow | None:
        """The same for two call stacks, innermost frame first: where the value left, and where
        it came back. Frames outside of the person's files are left out by the caller.

        `numbers` are the Python numbers that came back; written out at the place of return,
        they came from nowhere else.
        """
        memo = (tuple(leaving), tuple(returning), tuple(numbers))
        if memo not in self._links:
            outward = self._stack(leaving)
            inward = self._stack(returning)
            self._links[memo] = self._link(outward, inward, numbers)
        return self._links[memo]

    def written_out(self, place: SourceLocation, numbers: Sequence[float]) -> bool:
        """Whether the numbers that came back at a place are written there: `h * 0.5`."""
        frame = self._frame(place)
        return frame is not None and written_out(frame, numbers)

    def stop_at(self, places: Iterable[SourceLocation]) -> bool:
        """Tell places at which a Python value is known to have become a tensor again. What they
        give is no longer the number that left, so names do not carry it on from there. True
        where some were new, so that earlier answers may no longer hold.
        """
        before = len(self._stops)
        for place in places:
            frame = self._frame(place) if place.column is not None else None
            if frame is not None and frame.node is not None:
                self._stops.add(id(frame.node))
        if len(self._stops) != before:
            self._taints.clear()
            self._links.clear()
        return len(self._stops) != before

    # -- frames

    def _stack(self, places: Sequence[SourceLocation]) -> list[Frame]:
        frames: list[Frame] = []
        for place in places:
            frame = self._frame(place)
            if frame is None:
                break
            # Before Python 3.12 a comprehension has a frame of its own, in the same function.
            if frames and frames[-1].scope is frame.scope and covers(frame, frames[-1]):
                continue
            frames.append(frame)
        return frames

    def _frame(self, place: SourceLocation) -> Frame | None:
        if place not in self._frames:
            self._frames[place] = read_frame(self.sources, place)
        return self._frames[place]

    # -- from frame to frame

    def _link(
        self, outward: list[Frame], inward: list[Frame], numbers: Sequence[float]
    ) -> Flow | None:
        if inward and written_out(inward[0], numbers):
            return None
        result = True
        touched: State = {}
        for depth, frame in enumerate(outward):
            taint = self._taint(frame.scope, frame.node, result=result, touched=touched)
            for position, target in enumerate(inward):
                chain = self._arrives(frame, taint, target, inward[:position])
                if chain is not None:
                    return Flow(chain)
            if depth + 1 == len(outward):
                break
            result = taint.returned is not None or frame.in_lambda
            touched = self._handed_back(frame, taint.escaping, outward[depth + 1])
            if not result and not touched:
                break
        return None

    def _arrives(
        self, frame: Frame, taint: Taint, target: Frame, inner: list[Frame]
    ) -> Chain | None:
        """How the value comes into the target, and from there through calls to where it is used."""
        if target.module is not frame.module:
            return None
        if target.scope is not frame.scope:
            seen = self._seen_from(frame.scope, taint, target.scope)
            if not seen:
                return None
            taint = self._taint(target.scope, None, initial=seen, sticky=True)
        if not inner:
            return _into_operands(taint, target)
        return self._enters(taint, target, inner)

    def _enters(self, taint: Taint, call: Frame, inner: list[Frame]) -> Chain | None:
        """Follow the value through the calls of a stack, from the outermost one inwards."""
        for callee in reversed(inner):
            state = taint.before.get(id(call.statement), {})
            initial = arguments_to(call.node, callee.scope, state, taint.chain)
            if not initial:
                return None
            taint = self._taint(callee.scope, None, initial=initial)
            call = callee
        return _into_operands(taint, call)

    def _seen_from(self, scope: Scope, taint: Taint, other: Scope) -> State:
        """The names of `scope` that code in `other` sees: of a function around, or of `self`."""
        if is_inside(other, scope):
            hidden = bound_between(other, scope)
            return {k: c for k, c in taint.ever.items() if k[0] not in hidden}
        if is_inside(scope, other):
            hidden = bound_between(scope, other)
            return {k: c for k, c in taint.ever.items() if k[0] not in hidden}
        first, second = class_and_self(scope), class_and_self(other)
        if first is None or second is None or first[0] is not second[0]:
            return {}
        mine, theirs = first[1], second[1]
        held = {k: c for k, c in taint.ever.items() if k[0] == mine and len(k) > 1}
        seen = {(theirs, *k[1:]): c for k, c in held.items()}
        return {**self._given_by_methods(first[0], held, (theirs,)), **seen}

    def _handed_back(self, frame: Frame, escaping: State, caller: Frame) -> State:
        """What the caller holds of the value after the call, besides what it returned."""
        back: State = {}
        own = set(parameters(frame.scope))
        holders = {name: key_of(argument) for name, argument in filled(caller.node, frame.scope)}
        for key, chain in escaping.items():
            if key[0] not in own:
                if is_inside(frame.scope, caller.scope):
                    back[key] = chain
                continue
            holder = holders.get(key[0])
            if holder is not None:
                back[(*holder, *key[1:])] = chain
        owner = class_and_self(frame.scope)
        if owner is not None and (holder := holders.get(owner[1])) is not None:
            held = {k: c for k, c in escaping.items() if k[0] == owner[1] and len(k) > 1}
            back = {**self._given_by_methods(owner[0], held, holder), **back}
        return back

    def _given_by_methods(self, cls: Scope, held: State, holder: Key) -> State:
        """Methods and properties that return what the object now holds: `meter.mean()`."""
        given: State = {}
        for scope in self._methods_of(cls) if held else ():
            owner = owner_name(scope)
            if owner is None:
                continue
            initial = {(owner, *key[1:]): chain for key, chain in held.items()}
            returned = self._taint(scope, None, initial=initial).returned
            if returned is not None:
                given[(*holder, "." + scope.qualname.rpartition(".")[2])] = returned
        return given

    def _methods_of(self, cls: Scope) -> list[Scope]:
        for frame in self._frames.values():
            if frame is not None and any(s is cls for s in frame.module.scopes):
                return [s for s in frame.module.scopes if s.parent is cls and s.is_function]
        return []

    def _taint(
        self,
        scope: Scope,
        source: ast.AST | None,
        *,
        initial: State | None = None,
        sticky: bool = False,
        result: bool = True,
        touched: State | None = None,
    ) -> Taint:
        memo = (
            id(scope.node),
            id(source),
            tuple((initial or {}).items()),
            sticky,
            result,
            tuple((touched or {}).items()),
        )
        if memo not in self._taints:
            self._taints[memo] = Taint(
                scope,
                source,
                initial=initial,
                sticky=sticky,
                result=result,
                touched=touched,
                stops=self._stops,
            )
        return self._taints[memo]


def _into_operands(taint: Taint, target: Frame) -> Chain | None:
    """How the value comes into what an op was given. The object of a method call is no number."""
    node = target.node
    if isinstance(node, ast.BinOp) and any(is_number(n) for n in (node.left, node.right)):
        # `h * 0.5`: the number that came back is the one written there.
        return None
    if isinstance(node, ast.Call):
        operands: list[ast.AST] = [*node.args, *(k.value for k in node.keywords)]
    elif isinstance(node, ast.BinOp):
        operands = [node.left, node.right]
    elif isinstance(target.statement, ast.AugAssign) and node is target.statement.value:
        operands = [node]
    else:
        operands = [node] if node is not None else []
    if node is taint.source and node is not None:
        # Both in one call, e.g. `torch.tensor([a, b])` over tensors.
        return ()
    for operand in operands:
        chain = _within(taint, target, operand)
        if chain is not None:
            return chain
    return None


def _within(taint: Taint, target: Frame, operand: ast.AST) -> Chain | None:
    """Through what is known before the statement, and in the comprehensions around."""
    around: list[ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp] = []
    node = target.module.parent(operand)
    while node is not None and node is not target.statement:
        if isinstance(node, (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)):
            around.append(node)
        node = target.module.parent(node)
    state = taint.before.get(id(target.statement), {})
    for outer in reversed(around):
        state = taint.inside(outer, state)
    return taint.chain(operand, state)
