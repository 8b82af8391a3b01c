"""Expressions: what they may be, and what they do on the way."""

from __future__ import annotations

import ast
import operator
from abc import abstractmethod
from typing import Any, Final

from whygrad.source.dataflow.calls import Calls
from whygrad.source.dataflow.record import Frame
from whygrad.source.dataflow.values import (
    NOTHING,
    UNKNOWN,
    Cause,
    Cut,
    Object,
    Sort,
    Value,
    constant,
    cut_by,
    joined,
    number_of,
)

_MOST_PARTS: Final = 16
_HOLDERS: Final = (Sort.CONTAINER, Sort.GENERATOR)
_CONTAINER: Final = Object(Sort.CONTAINER)
_SPELLED: Final[dict[type[ast.AST], str]] = {
    ast.Gt: ">", ast.Lt: "<", ast.GtE: ">=", ast.LtE: "<=", ast.Eq: "==", ast.NotEq: "!=",
    ast.FloorDiv: "//",
}  # fmt: skip
_FOLDS: Final[dict[type[ast.AST], Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul,
    ast.Div: operator.truediv, ast.FloorDiv: operator.floordiv,
}  # fmt: skip


class Expressions(Calls):
    """See `Machine`."""

    def evaluate(self, node: ast.expr | None, frame: Frame) -> Value:
        if node is None:
            return NOTHING
        evaluate = _EVALUATE.get(type(node))
        if evaluate is None:
            return NOTHING
        value: Value = evaluate(self, node, frame)
        return value

    def _constant(self, node: ast.Constant, frame: Frame) -> Value:
        if node.value is None:
            return NOTHING
        if isinstance(node.value, (bool, int, float)) or (
            isinstance(node.value, str) and len(node.value) < 50
        ):
            return constant(node.value)
        return NOTHING

    def _name(self, node: ast.Name, frame: Frame) -> Value:
        return self.name(node.id, frame)

    def _attribute(self, node: ast.Attribute, frame: Frame) -> Value:
        return self.attribute(self.evaluate(node.value, frame), node, frame)

    def _call(self, node: ast.Call, frame: Frame) -> Value:
        return self.call_node(node, frame)

    def _binary(self, node: ast.BinOp, frame: Frame) -> Value:
        left, right = self.evaluate(node.left, frame), self.evaluate(node.right, frame)
        return self.binary(node.op, left, right, node, frame)

    def binary(
        self,
        op: ast.operator,
        left: Value,
        right: Value,
        node: ast.expr | ast.stmt,
        frame: Frame,
    ) -> Value:
        """`a + b`: of tensors, numbers or lists."""
        lists = left.of(Sort.CONTAINER), right.of(Sort.CONTAINER)
        if isinstance(op, (ast.Add, ast.Mult, ast.BitOr)) and any(lists):
            both = joined([left, right])
            return Value(both.flows, both.objects, (), left.known and right.known)
        folded = _folded(op, left, right)
        if folded is not None:
            return folded
        value = self.op([left, right], self.site(node, frame))
        if isinstance(op, ast.FloorDiv):
            return cut_by(value, Cut(Cause.NOT_DIFFERENTIABLE, "//", self.site(node, frame)))
        return value

    def _unary(self, node: ast.UnaryOp, frame: Frame) -> Value:
        value = self.evaluate(node.operand, frame)
        if isinstance(node.op, ast.Not):
            return NOTHING
        return self.op([value], self.site(node, frame))

    def _boolean(self, node: ast.BoolOp, frame: Frame) -> Value:
        return joined([self.evaluate(v, frame) for v in node.values])

    def _compare(self, node: ast.Compare, frame: Frame) -> Value:
        values = [self.evaluate(v, frame) for v in (node.left, *node.comparators)]
        spelled = _SPELLED.get(type(node.ops[0]))
        if spelled is None:
            return NOTHING
        cut = Cut(Cause.NOT_DIFFERENTIABLE, spelled, self.site(node, frame))
        return cut_by(self.op(values, self.site(node, frame)), cut)

    def _either(self, node: ast.IfExp, frame: Frame) -> Value:
        self.evaluate(node.test, frame)
        with self.branch():
            return joined([self.evaluate(node.body, frame), self.evaluate(node.orelse, frame)])

    def _display(self, node: ast.List | ast.Tuple | ast.Set, frame: Frame) -> Value:
        values: list[Value] = []
        spread = False
        for element in node.elts:
            if isinstance(element, ast.Starred):
                spread = True
                values.append(self.item(self.evaluate(element.value, frame)))
            else:
                values.append(self.evaluate(element, frame))
        parts: tuple[tuple[object, Value], ...] = ()
        if not spread and len(values) <= _MOST_PARTS and not isinstance(node, ast.Set):
            parts = tuple(enumerate(values))
        return container(values, parts)

    def _dict(self, node: ast.Dict, frame: Frame) -> Value:
        values: list[Value] = []
        parts: list[tuple[object, Value]] = []
        plain = len(node.keys) <= _MOST_PARTS
        for key, inner in zip(node.keys, node.values, strict=True):
            value = self.evaluate(inner, frame)
            if key is None:
                plain = False
                value = self.item(value)
            elif isinstance(key, ast.Constant):
                parts.append((key.value, value))
            else:
                plain = False
            values.append(value)
        return container(values, tuple(parts) if plain else ())

    def _subscript(self, node: ast.Subscript, frame: Frame) -> Value:
        holder = self.evaluate(node.value, frame)
        index = NOTHING
        if not isinstance(node.slice, (ast.Constant, ast.Slice)):
            index = self.evaluate(node.slice, frame)
        key = self.key_of(node.slice, frame)
        if holder.parts and key is not None:
            part = holder.part(key)
            if part is not None:
                return part
        if isinstance(node.slice, ast.Slice) and holder.of(Sort.CONTAINER):
            part = _sliced(holder, node.slice) if self.taped else None
            if part is not None:
                return part
            return Value(holder.flows, holder.objects, (), holder.known)
        if holder.of(Sort.LIBRARY):
            return holder
        if holder.of(Sort.GROUPS):
            return joined([self.of_group(o, key) for o in holder.of(Sort.GROUPS)])
        item = self.item(holder)
        if not index.flows or holder.of(Sort.CONTAINER):
            return item
        # What picks gets no gradient, but what it is made of is known to be used.
        return joined([item, self.op([item, index])])

    def key_of(self, node: ast.expr, frame: Frame) -> object:
        """The value of an index that is written out."""
        if isinstance(node, ast.Constant):
            return node.value
        if isinstance(node, ast.UnaryOp) and isinstance(node.operand, ast.Constant):
            return None
        return None

    def item(self, holder: Value) -> Value:
        """Any item of what is looked into."""
        objects = holder.objects
        if holder.known and holder.of(Sort.CONTAINER):
            objects = frozenset(o for o in objects if o.sort not in _HOLDERS)
            nested = any(v.of(Sort.CONTAINER) for _, v in holder.parts) or not holder.parts
            if nested:
                objects |= {_CONTAINER}
            return Value(holder.flows, objects, (), True)
        return Value(holder.flows, objects, (), holder.known)

    def element(self, holder: Value, node: ast.expr, frame: Frame) -> Value:
        """What a loop over it gives."""
        if holder.parts and holder.of(Sort.CONTAINER):
            return joined([v for _, v in holder.parts])
        for item in holder.of(Sort.GENERATOR):
            self.exhaust(item)
        return self.item(holder)

    def _lambda(self, node: ast.Lambda, frame: Frame) -> Value:
        closure = self.closure_of(node, frame)
        item = Object(Sort.FUNCTION, "<lambda>", self.site(node, frame), (), closure)
        return Value(objects=frozenset({item}), known=True)

    def _comprehension(
        self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp, frame: Frame
    ) -> Value:
        before = dict(frame.names)
        for generator in node.generators:
            over = self.evaluate(generator.iter, frame)
            self.assign(generator.target, self.element(over, generator.iter, frame), frame)
            for test in generator.ifs:
                self.evaluate(test, frame)
        made = node.value if isinstance(node, ast.DictComp) else node.elt
        if isinstance(node, ast.DictComp):
            self.evaluate(node.key, frame)
        value = self.evaluate(made, frame)
        frame.names.clear()
        frame.names.update(before)
        result = container([value], ())
        if isinstance(node, ast.GeneratorExp):
            item = Object(Sort.GENERATOR, "generator expression", self.site(node, frame))
            return Value(result.flows, result.objects | {item}, (), result.known)
        return result

    @abstractmethod
    def assign(self, target: ast.expr, value: Value, frame: Frame) -> None:
        """Give a target a value."""

    def _starred(self, node: ast.Starred, frame: Frame) -> Value:
        return self.item(self.evaluate(node.value, frame))

    def _walrus(self, node: ast.NamedExpr, frame: Frame) -> Value:
        value = self.evaluate(node.value, frame)
        self.assign(node.target, value, frame)
        return value

    def _await(self, node: ast.Await, frame: Frame) -> Value:
        return self.evaluate(node.value, frame)

    def _yield(self, node: ast.Yield | ast.YieldFrom, frame: Frame) -> Value:
        value = self.evaluate(node.value, frame)
        frame.returned.append(Value(value.flows, value.objects | {_CONTAINER}, (), value.known))
        return UNKNOWN

    def _text(self, node: ast.JoinedStr, frame: Frame) -> Value:
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                self.evaluate(part.value, frame)
        return NOTHING

    def _slice(self, node: ast.Slice, frame: Frame) -> Value:
        return joined([self.evaluate(part, frame) for part in (node.lower, node.upper, node.step)])


def container(values: list[Value], parts: tuple[tuple[object, Value], ...]) -> Value:
    """A list, tuple or dict of values."""
    inside = joined(values)
    if any(inner.parts for _, part in parts for _, inner in part.parts):
        parts = ()  # lists of lists of lists need not be told apart
    return Value(
        inside.flows,
        inside.objects | {_CONTAINER},
        parts,
        all(v.known for v in values),
    )


def _sliced(holder: Value, node: ast.Slice) -> Value | None:
    """A part of a list whose items are known, by bounds that are written out."""
    bounds = [
        b.value if isinstance(b, ast.Constant) and isinstance(b.value, int) else None
        for b in (node.lower, node.upper)
    ]
    written = [b for b in (node.lower, node.upper) if b is not None]
    if node.step is not None or len(written) != sum(b is not None for b in bounds):
        return None
    if not holder.parts or [k for k, _ in holder.parts] != list(range(len(holder.parts))):
        return None
    values = [v for _, v in holder.parts][bounds[0] : bounds[1]]
    return container(values, tuple(enumerate(values)))


def _folded(op: ast.operator, left: Value, right: Value) -> Value | None:
    """Arithmetic on numbers that are written out."""
    fold = _FOLDS.get(type(op))
    a, b = number_of(left), number_of(right)
    if fold is None or a is None or b is None:
        return None
    try:
        return constant(fold(a, b))
    except (ArithmeticError, ValueError, MemoryError):
        return None


_EVALUATE: Final[dict[type[ast.expr], Any]] = {
    ast.Constant: Expressions._constant,
    ast.Name: Expressions._name,
    ast.Attribute: Expressions._attribute,
    ast.Call: Expressions._call,
    ast.BinOp: Expressions._binary,
    ast.UnaryOp: Expressions._unary,
    ast.BoolOp: Expressions._boolean,
    ast.Compare: Expressions._compare,
    ast.IfExp: Expressions._either,
    ast.List: Expressions._display,
    ast.Tuple: Expressions._display,
    ast.Set: Expressions._display,
    ast.Dict: Expressions._dict,
    ast.Subscript: Expressions._subscript,
    ast.Lambda: Expressions._lambda,
    ast.ListComp: Expressions._comprehension,
    ast.SetComp: Expressions._comprehension,
    ast.GeneratorExp: Expressions._comprehension,
    ast.DictComp: Expressions._comprehension,
    ast.Starred: Expressions._starred,
    ast.NamedExpr: Expressions._walrus,
    ast.Await: Expressions._await,
    ast.Yield: Expressions._yield,
    ast.YieldFrom: Expressions._yield,
    ast.JoinedStr: Expressions._text,
    ast.Slice: Expressions._slice,
}
