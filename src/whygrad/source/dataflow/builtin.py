"""Python's own functions: what collects, what leaves, what is folded."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, Final

from whygrad.source.dataflow import tables
from whygrad.source.dataflow.methods import Methods
from whygrad.source.dataflow.record import Frame
from whygrad.source.dataflow.tensors import Named
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
    cut_by,
    joined,
    number_of,
)


class Builtins(Methods):
    """See `Machine`."""

    def builtin(self, name: str, args: list[Value], named: Named, site: Site) -> Value:
        given = [*args, *named.values()]
        number = folded(name, args) if not named else None
        if number is not None:
            return number
        if name in tables.QUIET_BUILTINS:
            return NOTHING
        if name in tables.LEAVING_BUILTINS:
            return cut_by(self.op(given, site), Cut(Cause.LEFT, f"{name}()", site))
        if name == "round":
            return cut_by(self.op(given, site), Cut(Cause.NOT_DIFFERENTIABLE, "round", site))
        if name in tables.COLLECTING:
            return self._collected(name, args, named, site)
        if name in ("sum", "max", "min", "abs", "pow", "divmod", "all", "any"):
            for value in args:
                self.exhaust_all(value)
            return self.op(given, site)
        if name == "next":
            return joined([self.item(v) for v in args])
        if name == "getattr" and len(args) > 1:
            return self._by_name(args)
        if name == "setattr" and len(args) == 3:
            return self._set_by_name(args, site)
        if name == "super":
            return UNKNOWN
        return self.unknown_call(NOTHING, args, named, site)

    def _collected(self, name: str, args: list[Value], named: Named, site: Site) -> Value:
        if name in ("filter", "map"):
            function, rest = args[:1], [self.item(v) for v in args[1:]]
            if name == "filter":
                whole = self.collection(args[1:])
            else:
                made = self.call(joined(function), rest, {}, site, _NOWHERE)
                whole = Value(made.flows, made.objects | {Object(Sort.CONTAINER)}, (), made.known)
        else:
            if name not in tables.ONCE:
                whole = self.collection([*args, *named.values()])
            else:
                inside = joined(args)
                whole = Value(inside.flows, inside.objects | {Object(Sort.CONTAINER)}, (), True)
            if name == "zip":
                pair = tuple((i, self.item(v)) for i, v in enumerate(args))
                inside = joined(args)
                one = Value(inside.flows, inside.objects | {Object(Sort.CONTAINER)}, pair)
                return Value(one.flows, one.objects, ((0, one),), False)
            if name == "enumerate" and args:
                one = joined([self.item(args[0])])
                pair = ((0, NOTHING), (1, one))
                both = Value(one.flows, one.objects | {Object(Sort.CONTAINER)}, pair, one.known)
                return Value(both.flows, both.objects, ((0, both),), both.known)
        if name not in tables.ONCE:
            return whole
        item = Object(Sort.GENERATOR, f"{name}()", site)
        self.empty.discard(item)
        return Value(whole.flows, whole.objects | {item}, (), whole.known)

    def _by_name(self, args: list[Value]) -> Value:
        names = [o.name.strip("'\"") for o in args[1].of(Sort.CONSTANT)]
        items = args[0].of(Sort.INSTANCE)
        if names and args[1].known and items:
            return joined([self.instance_attribute(i, n) for i in items for n in names] + args[2:])
        self.found.walked |= self.roots(args[0])
        inside = self.everything(args[0])
        held = [v for (o, _), v in self.heap.items() if o in items]
        return joined([Value(inside.flows | UNKNOWN.flows), *held, *args[2:]])

    def _set_by_name(self, args: list[Value], site: Site) -> Value:
        names = [o.name.strip("'\"") for o in args[1].of(Sort.CONSTANT)]
        for item in args[0].of(Sort.INSTANCE):
            for name in names if args[1].known and names else ["*"]:
                self.store(item, name, args[2])
        for item in args[0].of(Sort.DATA):
            self.store(item, "*", args[2])
        if not args[0].known or args[0].of(Sort.MODULE):
            self.leaves(args[2])
        return NOTHING

    def collection(self, given: list[Value]) -> Value:
        for value in given:
            self.exhaust_all(value)
        inside = joined(given)
        objects = frozenset(o for o in inside.objects if o.sort is not Sort.GENERATOR)
        parts = given[0].parts if len(given) == 1 else ()
        return Value(inside.flows, objects | {Object(Sort.CONTAINER)}, parts, inside.known)

    @abstractmethod
    def instance_attribute(self, item: Object, name: str) -> Value:
        """An attribute of an object of the project's classes."""


def folded(name: str, args: list[Value]) -> Value | None:
    """`min(1, 0)` and the like, of numbers that are written out."""
    fold = _FOLDS.get(name)
    numbers = [number_of(value) for value in args]
    if fold is None or not numbers or None in numbers:
        return None
    try:
        return constant(fold(*numbers))
    except (ArithmeticError, TypeError, ValueError):
        return None


_FOLDS: Final[dict[str, Any]] = {
    "min": min, "max": max, "int": int, "float": float, "abs": abs, "round": round,
}  # fmt: skip


_NOWHERE: Final = Frame(None, "", {})  # type: ignore[arg-type]
