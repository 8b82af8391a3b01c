"""Functions of which a decorator makes something else: gradients, or one with its own gradient."""

from __future__ import annotations

import ast
import re
from typing import Final

from whygrad.source.dataflow.custom import (
    backward_of,
    backward_without,
    of_function,
    tangent_without,
    without_gradient,
)
from whygrad.source.dataflow.record import Frame
from whygrad.source.dataflow.storing import Storing
from whygrad.source.dataflow.values import (
    NOTHING,
    UNKNOWN,
    Cause,
    Closure,
    Cut,
    Object,
    Site,
    Sort,
    Value,
    cut_by,
    joined,
)
from whygrad.source.expressions import dotted
from whygrad.source.module import Function

_CHANGES: Final = re.compile(r"custom|grad")

_SPENT: Final = (Sort.CONSTANT, Sort.UPDATED)
"""What does not come out of a call that is not followed."""


class Decorated(Storing):
    """See `Machine`."""

    def unknown_call(
        self, callee: Value, args: list[Value], named: dict[str, Value], site: Site
    ) -> Value:
        """Code that is not followed: whatever goes in may be used, and may come out again."""
        given = [*args, *named.values()]
        for value in given:
            self.leaves(value, unknown=True)
        inner = self.captured(given) if self.other.sourced or self.tapes else NOTHING
        result = self.op([callee, UNKNOWN, inner, *(self.everything(v) for v in given)], site)
        objects = frozenset(o for v in given for o in v.objects if o.sort not in _SPENT)
        return Value(result.flows, objects)

    def captured(self, given: list[Value]) -> Value:
        """What functions give that other code may call: what stands around them is in it."""
        found = []
        for item in (o for v in given for o in v.objects):
            closure = item.closure
            if item.sort in (Sort.FUNCTION, Sort.METHOD) and closure is not None:
                own = self.bound(item)
                count = len(closure.node.args.posonlyargs) + len(closure.node.args.args) - len(own)
                found.append(self.call_closure(closure, [*own, *[UNKNOWN] * max(0, count)], {}))
        return Value(joined(found).flows)

    def made_by(self, decorator: ast.expr, frame: Frame) -> str | None:
        """What a decorator makes of a function, where that changes its gradient."""
        node = decorator.func if isinstance(decorator, ast.Call) else decorator
        name = dotted(node) or ""
        if name.rpartition(".")[2] == "partial" and isinstance(decorator, ast.Call):
            node = decorator.args[0] if decorator.args else node
            name = dotted(node) or ""
        if not _CHANGES.search(name):
            return None
        found = [self.made_for(o.name) for o in self.evaluate(node, frame).of(Sort.LIBRARY)]
        return next((made for made in found if made is not None), None)

    def is_custom(self, closure: Closure, frame: Frame) -> bool:
        """Whether a function has a gradient of its own."""
        decorators = getattr(closure.node, "decorator_list", None)
        if not decorators:
            return False
        known = self.other.customs.get(id(closure.node))
        if known is None:
            outer = Frame(closure.module, closure.file, {}, closure.around)
            known = any(self.made_by(d, outer) == "custom" for d in decorators)
            self.other.customs[id(closure.node)] = known
        return known

    def autograd_function(self, item: Object) -> Value | None:
        """`apply` of a class with a `forward` and a `backward` of its own."""
        forward, backward = (self.method_of(item, name) for name in ("forward", "backward"))
        if forward is None or backward is None:
            return None
        node, back = forward[0].node, backward[0].node
        if not isinstance(node, Function) or not isinstance(back, Function):
            return None
        setup = self.method_of(item, "setup_context") is not None
        self.other.applied[id(node)] = of_function(node, back, setup=setup)
        name = item.name.rpartition(":")[2]
        return Value(
            objects=frozenset({Object(Sort.FUNCTION, name, None, (), forward[0])}), known=True
        )

    def applied_function(
        self, item: Object, args: list[Value], named: dict[str, Value], site: Site
    ) -> Value | None:
        """What `apply` gives: nothing of arguments whose gradient is always None; None where it is
        no such function.
        """
        closure = item.closure
        none = self.other.applied.get(id(closure.node)) if closure is not None else None
        if none is None or closure is None or item.sort is not Sort.FUNCTION:
            return None
        self.found.ran.add(id(closure.node))
        cut = Cut(Cause.CUSTOM, item.name, site)
        # A model that is handed over is used in it, with all that it has.
        every = [self.everything(v) for v in args]
        given = [cut_by(v, cut) if i < len(none) and none[i] else v for i, v in enumerate(every)]
        return self.op([*given, *named.values()], site)

    def custom_call(
        self, closure: Closure, args: list[Value], named: dict[str, Value], site: Site
    ) -> Value:
        """Nothing is said of what it computes, but of arguments that certainly get no gradient."""
        node = closure.node
        assert isinstance(node, Function)
        self.found.ran.add(id(node))
        backward = self.other.backwards.get(id(node)) or backward_of(closure.module, node)
        none = without_gradient(node) if backward is None else backward_without(backward, node)
        none = none or tangent_without(closure.module, node)
        cut = Cut(Cause.CUSTOM, node.name, site)
        given = [
            cut_by(value, cut) if i < len(none) and none[i] else value
            for i, value in enumerate(args)
        ]
        return self.op([*given, *named.values()], site)

    def gradients_of(self, made: str, closure: Closure, args: list[Value], frame: Frame) -> Value:
        """What a function gives that a decorator made to give its gradients."""
        node = closure.node
        assert isinstance(node, Function)
        args = self.sourced(args, 0, self.site(node, frame), [closure])
        for name, value in zip(node.args.args[:1], args, strict=False):
            frame.names[name.arg] = value
        self.other.sourced += 1
        self.run_block(node.body, frame)
        self.other.sourced -= 1
        item = Object(Sort.GRADIENTS, made, self.site(node, frame))
        self.store(item, "has_aux", NOTHING)
        return self.asked_of(joined(frame.returned), item, args, 0, self.site(node, frame))
