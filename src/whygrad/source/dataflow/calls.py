"""Names, attributes and calls: which code runs, with what."""

from __future__ import annotations

import ast
from abc import abstractmethod
from typing import Final

from whygrad.source.dataflow.decorated import Decorated
from whygrad.source.dataflow.record import Frame
from whygrad.source.dataflow.tables import NUMBERS
from whygrad.source.dataflow.values import (
    NOTHING,
    UNKNOWN,
    Cause,
    Closure,
    Cut,
    Flow,
    Object,
    Site,
    Sort,
    Value,
    computed,
    cut_by,
    joined,
)
from whygrad.source.expressions import dotted
from whygrad.source.module import Function

_SPREAD: Final = "*"
"""The name under which what `*args` and `**kwargs` hold is handed on."""
_MOST_OBJECTS: Final = 12
_NEVER_CALLED: Final = (Sort.CONSTANT, Sort.CONTAINER)
_HARMLESS: Final = ("iterations", "name", "variables", "weights", "_name")
"""Attributes of an optimizer by which nothing is done to it."""


class Calls(Decorated):
    """See `Machine`."""

    # -- attributes

    def attribute(self, holder: Value, node: ast.Attribute, frame: Frame) -> Value:
        """`holder.name`."""
        name = node.attr
        found: list[Value] = []
        for item in holder.objects:
            inner = self._of_object(item, name, holder)
            if inner is not None:
                found.append(inner)
        plain = Value(holder.flows, frozenset(), (), holder.known)
        if plain.flows or not holder.known:
            found.append(self._of_tensor(plain, holder, node, frame))
        return joined(found)

    def _of_object(self, item: Object, name: str, holder: Value) -> Value | None:
        if item.sort in (Sort.LIBRARY, Sort.FILE):
            return self.member(item, name)
        if item.sort is Sort.INSTANCE:
            return self.instance_attribute(item, name)
        if item.sort is Sort.CLASS:
            return self.class_attribute(item, name)
        if item.sort is Sort.OPTIMIZER:
            if name in _HARMLESS:
                return NOTHING
            if name == "param_groups":
                return self.groups(item)
            self.found.handed.add(item)
            return UNKNOWN
        if item.sort is Sort.MODULE:
            other = None if item.name.startswith("torch.") else self.other_attribute(item, name)
            return NOTHING if other is None else other
        if item.sort is Sort.UPDATES:
            return self.load(item, name) or UNKNOWN
        if item.sort is Sort.DATA:
            return self.attribute_of_data(item, name)
        return None

    def _of_tensor(self, plain: Value, holder: Value, node: ast.Attribute, frame: Frame) -> Value:
        name = node.attr
        if name == "grad":
            self.found.by_hand = True
        if name in NUMBERS:
            return NOTHING
        part = holder.part(name)
        if part is not None:
            return part
        if name == "data" and isinstance(node.ctx, ast.Load):
            return cut_by(plain, Cut(Cause.DETACHED, ".data", self.site(node, frame)))
        return plain if plain.flows else NOTHING

    def instance_attribute(self, item: Object, name: str) -> Value:
        """An attribute of an object of the project's classes."""
        held = self.load(item, name)
        method = self.method_of(item, name)
        if method is not None:
            closure, is_property = method
            if is_property:
                return self.call_closure(closure, self.itself(item), {})
            owner = (item.name, item.site, item.inside)
            bound = Object(Sort.METHOD, name, None, (), closure, owner)
            value = Value(objects=frozenset({bound}), known=True)
            return value if held is None else joined([held, value])
        if held is not None:
            return held
        other = self.other_attribute(item, name) if self.base_of(item) is not None else None
        if other is not None:
            return other
        if name in NUMBERS:
            return NOTHING
        fixed = self.class_attribute(Object(Sort.CLASS, item.name), name)
        return fixed if fixed is not None else UNKNOWN

    # -- calls

    def call_node(self, node: ast.Call, frame: Frame) -> Value:
        """A call as it is written."""
        self.spend()
        args: list[Value] = []
        named: dict[str, Value] = {}
        function = node.func
        receiver: Value | None = None
        if isinstance(function, ast.Attribute) and not _is_super(function.value):
            receiver = self.evaluate(function.value, frame)
        callee = None if receiver is not None else self._callee(function, frame)
        for given in node.args:
            if isinstance(given, ast.Starred):
                whole = self.evaluate(given.value, frame)
                if whole.parts and [k for k, _ in whole.parts] == list(range(len(whole.parts))):
                    args += [v for _, v in whole.parts]
                    continue
                named[_SPREAD] = joined([named.get(_SPREAD, NOTHING), self.item(whole)])
            else:
                args.append(self.evaluate(given, frame))
        for keyword in node.keywords:
            value = self.evaluate(keyword.value, frame)
            if keyword.arg is None:
                value = self.item(value)
                named[_SPREAD] = joined([named.get(_SPREAD, NOTHING), value])
            else:
                named[keyword.arg] = value
        if isinstance(function, ast.Attribute) and receiver is not None:
            return self.method_call(receiver, function, args, named, node, frame)
        assert callee is not None
        return self.call(callee, args, named, self.site(node, frame), frame)

    def _callee(self, function: ast.expr, frame: Frame) -> Value:
        if isinstance(function, ast.Attribute):
            return self._above(function.attr, frame)
        return self.evaluate(function, frame)

    def _above(self, name: str, frame: Frame) -> Value:
        """`super().name`, in the class that holds the function."""
        closure = frame.closure
        first = closure.node.args.args[:1] if closure is not None else []
        own = frame.names.get(first[0].arg) if first else None
        items = own.of(Sort.INSTANCE) if own is not None else []
        if closure is None or closure.owner is None or not items:
            return UNKNOWN
        for item in items[:1]:
            method = self.method_of(item, name, after=closure.owner)
            if method is not None:
                owner = (item.name, item.site, item.inside)
                bound = Object(Sort.METHOD, name, None, (), method[0], owner)
                return Value(objects=frozenset({bound}), known=True)
        owner = (items[0].name, items[0].site, items[0].inside)
        above = Object(Sort.LIBRARY, f"super.{name}", *owner[1:], owner=owner)
        return Value(objects=frozenset({above}), known=True)

    def call(
        self, callee: Value, args: list[Value], named: dict[str, Value], site: Site, frame: Frame
    ) -> Value:
        found: list[Value] = []
        several = (o for o in callee.objects if o.sort not in _NEVER_CALLED)
        objects = sorted(several, key=lambda o: (o.sort.value, o.name, o.site or ()))
        for item in objects[:_MOST_OBJECTS]:
            result = self._call_object(item, args, named, site, frame)
            found.append(result)
            if item in self.hooked:
                for value in (result, *args, *named.values()):
                    self.leaves(value)
        if not callee.known or not objects or len(objects) > _MOST_OBJECTS:
            rest = self.everything(Value(callee.flows, frozenset(objects[_MOST_OBJECTS:])))
            self.leaves(Value(rest.flows))
            found.append(self.unknown_call(Value(rest.flows), args, named, site))
        return joined(found)

    def _call_object(
        self, item: Object, args: list[Value], named: dict[str, Value], site: Site, frame: Frame
    ) -> Value:
        applied = self.applied_function(item, args, named, site)
        if applied is not None:
            return applied
        if item.sort in (Sort.FUNCTION, Sort.METHOD) and item.closure is not None:
            if self.is_custom(item.closure, frame):
                return self.custom_call(item.closure, args, named, site)
            return self.call_closure(item.closure, [*self.bound(item), *args], named)
        if item.sort is Sort.CLASS:
            return self.instantiate(item, args, named, site)
        if item.sort is Sort.INSTANCE:
            return self.call_instance(item, args, named, site)
        if item.sort is Sort.UPDATES:
            return Value(objects=frozenset({item}), known=True)
        if item.sort is Sort.DATA:
            return self.called_data(item, args, named, site)
        if item.sort is Sort.MEASURE:
            return self.op([*args, *named.values()], site)
        if item.sort is Sort.GRADIENTS:
            return self.differentiate(item, args, named, site, frame)
        if item.sort is Sort.MODULE and not item.name.startswith("torch."):
            return self.call_layer(item, args, named, site, frame)
        if item.sort is Sort.MODULE:
            root, extra = self.module_root(item), self.found.extra
            inside = [Value(frozenset({Flow(root)}))] if root is not None else []
            inside += [v for k, v in self.heap.items() if k[0] == item and k not in extra]
            return self.op([*inside, *args, *named.values()], site)
        if item.sort is Sort.LIBRARY:
            return self.library_call(item, args, named, site, frame)
        return NOTHING

    def call_instance(
        self, item: Object, args: list[Value], named: dict[str, Value], site: Site
    ) -> Value:
        """`model(x)`."""
        line = self.lineage_of(item)
        for name in ("forward", "__call__", "call"):
            method = self.method_of(item, name)
            if method is not None:
                given = [*self.itself(item), *args]
                return self.enter(method[0], given, named, model=name == "forward")
        inside = Value(frozenset(Flow(root) for root in self.roots(self.itself(item)[0])))
        if line is not None and line.complete:
            return self.op([inside, *args, *named.values()], site)
        return self.unknown_call(inside, args, named, site)

    def call_closure(self, closure: Closure, args: list[Value], named: dict[str, Value]) -> Value:
        if self.too_deep(closure):
            for value in (*args, *named.values()):
                self.leaves(value, unknown=True)
            return computed([UNKNOWN, *args, *named.values()])
        if closure.around:  # what the names around it are may change between two calls
            return self._run(closure, args, named)
        seen = (self.off, bool(self.making), self.tapes, self.paused)
        key = (closure, tuple(args), frozenset(named.items()), seen)
        known = self.memo.get(key)
        if known is not None and known[0] == self.state:
            return known[1]
        before = self.version, self.state
        result = self._run(closure, args, named)
        if before == (self.version, self.state):
            self.memo[key] = (self.state, result)
        return result

    def _run(self, closure: Closure, args: list[Value], named: dict[str, Value]) -> Value:
        node = closure.node
        self.found.ran.add(id(node))
        self.found.files.add(closure.file)
        frame = Frame(closure.module, closure.file, {}, closure.around, closure)
        self._bind(node, args, named, frame)
        self.spend(2)
        self.stack.append(closure)
        jumped, self.loops = self.loops, list(self.loops)
        off = self.off
        try:
            if isinstance(node, ast.Lambda):
                return self.evaluate(node.body, frame)
            for decorator in node.decorator_list:
                region = self.region_of(decorator, frame)
                if region is not None:
                    self.off = region[0]
                    self.run_block(node.body, frame)
                    self.off = off
                    return joined(frame.returned)
                made = self.made_by(decorator, frame)
                if made is not None and made != "custom":
                    return self.gradients_of(made, closure, args, frame)
            self.run_block(node.body, frame)
            return joined(frame.returned)
        finally:
            self.loops = jumped
            self.stack.pop()

    def _bind(
        self, node: Function | ast.Lambda, args: list[Value], named: dict[str, Value], frame: Frame
    ) -> None:
        given = node.args
        places = [*given.posonlyargs, *given.args]
        names = frame.names
        for place, value in zip(places, args, strict=False):
            names[place.arg] = value
        spread = named.get(_SPREAD)
        if given.vararg is not None:
            names[given.vararg.arg] = self.collected([*args[len(places) :], *_some(spread)])
        more = {k: v for k, v in named.items() if k != _SPREAD}
        for parameter in [*places, *given.kwonlyargs]:
            if parameter.arg in more:
                names[parameter.arg] = more.pop(parameter.arg)
        if given.kwarg is not None:
            names[given.kwarg.arg] = self.collected([*more.values(), *_some(spread)])
        top = Frame(frame.module, frame.path, {}, frame.around, frame.closure)
        count = len(places) - len(given.defaults)
        defaults = dict(zip((p.arg for p in places[count:]), given.defaults, strict=True))
        for parameter, default in zip(given.kwonlyargs, given.kw_defaults, strict=True):
            if default is not None:
                defaults[parameter.arg] = default
        for parameter in [*places, *given.kwonlyargs]:
            if parameter.arg in names:
                continue
            fixed = defaults.get(parameter.arg)
            value = self.evaluate(fixed, top) if fixed is not None else UNKNOWN
            names[parameter.arg] = value if spread is None else joined([value, self.item(spread)])

    def collected(self, values: list[Value]) -> Value:
        """What `*args` holds."""
        inside = joined(values)
        known = all(v.known for v in values)
        return Value(inside.flows, inside.objects | {Object(Sort.CONTAINER)}, (), known)

    @abstractmethod
    def region_of(self, node: ast.expr, frame: Frame) -> tuple[Cut | None] | None:
        """What a `with` or a decorator does to recording; None where it is about something else."""


def _some(value: Value | None) -> list[Value]:
    return [value] if value is not None else []


def _is_super(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and dotted(node.func) == "super"
