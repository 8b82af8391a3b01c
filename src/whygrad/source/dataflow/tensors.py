"""Methods of tensors: what they let through, and what they cut."""

from __future__ import annotations

import ast
from abc import abstractmethod

from whygrad.source.dataflow import tables
from whygrad.source.dataflow.objects import Objects
from whygrad.source.dataflow.other_tables import is_whole
from whygrad.source.dataflow.record import Frame, Happened
from whygrad.source.dataflow.values import (
    ANY,
    NOTHING,
    UNKNOWN,
    Cause,
    Cut,
    Flow,
    Object,
    Root,
    Site,
    Sort,
    Value,
    computed,
    constant,
    cut_by,
    root_value,
)

Named = dict[str, Value]
_UPDATES = frozenset({"apply_gradients", "update", "stateless_apply", "apply", "minimize"})
"""Methods by which gradients are given to what updates parameters."""
_ASSIGNS = frozenset({"assign", "assign_add", "assign_sub"})
"""Methods of a `tf.Variable` that give it new numbers."""


class Tensors(Objects):
    """See `Machine`."""

    @abstractmethod
    def grow(self, holder: ast.expr, value: Value, frame: Frame) -> None:
        """Something is put into what an expression stands for."""

    @abstractmethod
    def assigned(
        self, function_of: Value, name: str, args: list[Value], site: Site
    ) -> Value | None:
        """What a variable holds after `variable.assign(value)`; None for any other method."""

    def tensor_method(
        self,
        plain: Value,
        function: ast.Attribute,
        args: list[Value],
        named: Named,
        site: Site,
        frame: Frame,
    ) -> Value:
        name = function.attr
        if name in ("detach", "detach_"):
            value = cut_by(plain, Cut(Cause.DETACHED, name, site))
            if name == "detach_" and isinstance(function.value, ast.Name):
                self.seen_outside(frame, function.value.id, value)
                frame.names[function.value.id] = value
            return value
        if name in tables.LEAVES:
            return cut_by(plain, Cut(Cause.LEFT, f".{name}()", site))
        if name == "backward":
            self.note(Happened.DIFFERENTIATED, site, plain)
            self.leaves(plain)
            return NOTHING
        if name == "requires_grad_":
            return self._asked(plain, args, site)
        if name in tables.CONSTANTS:
            return NOTHING
        other = self._of_other_tensor(plain, function, args, site, frame)
        if other is not None:
            return other
        if name in tables.LOGGING and not plain.live - {ANY}:
            return NOTHING
        if name in _UPDATES:
            self.spent([*args, *named.values()])
        if name == "apply_gradients" and "grads" in named:
            # A state of Flax, wherever it comes from: Keras calls no argument so.
            whole = self._unknown_method(plain, plain, args, named)
            new = Object(Sort.UPDATED, name, site)
            return Value(whole.flows, whole.objects | {new})
        return self._op_method(plain, function, args, named, site, frame)

    def _op_method(
        self,
        plain: Value,
        function: ast.Attribute,
        args: list[Value],
        named: Named,
        site: Site,
        frame: Frame,
    ) -> Value:
        """A method that computes with the tensor, or one that is not known."""
        name = function.attr
        integer = any(
            o.name in tables.INTEGER_TYPES for v in [*args, *named.values()] for o in v.objects
        )
        whole = self.op([plain, *args, *named.values()], site)
        if name in tables.NO_GRADIENT or name in tables.CASTS or integer:
            return cut_by(whole, Cut(Cause.NOT_DIFFERENTIABLE, name, site))
        if name in tables.PICKS:
            return picked(whole, name, args, named, site)
        if name == "zero_grad" or (name == "step" and _may_update(args, named)):
            self.found.by_hand = True
        if name not in tables.TENSOR_METHODS:
            return self._unknown_method(plain, whole, args, named)
        if name.endswith("_") and args:
            self._in_place(plain, function, whole, frame)
        return whole

    def spent(self, given: list[Value]) -> None:
        """Gradients among these go where parameters are updated."""
        ways = (f for v in given for f in v.flows if f.root.kind == "gradient")
        self.found.spent |= {f.root.site for f in ways if f.root.site is not None}

    def _of_other_tensor(
        self, plain: Value, function: ast.Attribute, args: list[Value], site: Site, frame: Frame
    ) -> Value | None:
        """Methods of a `tf.Variable`, and of an array of JAX."""
        name = function.attr
        kind = [o.name for v in args for o in v.objects if o.name.startswith("jax.")]
        if name == "astype" and kind:
            whole = self.op([plain], site)
            cut = Cut(Cause.NOT_DIFFERENTIABLE, name, site)
            return cut_by(whole, cut) if is_whole(kind[0]) else whole
        if name not in _ASSIGNS or not args:
            return None
        new = self.assigned(plain, name, args, site)
        if new is not None:
            self.grow(function.value, new, frame)
        return plain

    def _asked(self, plain: Value, args: list[Value], site: Site) -> Value:
        if args and args[0] == constant(False):
            self.found.frozen |= {f.root for f in plain.flows}
            return plain
        if plain.live or (args and args[0] != constant(True)):
            return plain
        if not plain.flows:
            return root_value(Root(site, "tensor"))
        return Value(plain.flows | {Flow(Root(site, "leaf"))})

    def _unknown_method(self, plain: Value, whole: Value, args: list[Value], named: Named) -> Value:
        given = [*args, *named.values()]
        for value in given:
            self.leaves(value, unknown=True)
        spent = (Sort.CONSTANT, Sort.UPDATED)
        more = frozenset(o for v in given for o in v.objects if o.sort not in spent)
        result = computed([whole, UNKNOWN])
        return Value(cut_by(result, self.off).flows if self.off else result.flows, more)

    def _in_place(self, plain: Value, function: ast.Attribute, whole: Value, frame: Frame) -> None:
        """`out.add_(x)`: from now on there is something of `x` in it."""
        if self.off is not None:
            self.found.loaded |= {f.root for f in plain.flows}
            return
        if isinstance(function.value, (ast.Name, ast.Attribute, ast.Subscript)):
            holder: ast.expr = function.value
            if isinstance(holder, ast.Attribute) and holder.attr in ("data", "grad"):
                self.found.loaded |= {f.root for f in plain.flows}
                return
            self.grow(holder, whole, frame)


def _may_update(args: list[Value], named: Named) -> bool:
    """Whether `x.step(...)` may be that of an optimizer: `environment.step(action)` is not."""
    given = [*args, *named.values()]
    return not given or any(v.of(Sort.FUNCTION) or v.of(Sort.METHOD) for v in given)


def picked(whole: Value, name: str, args: list[Value], named: Named, site: Site) -> Value:
    """`values, indices = x.topk(k)`: only the values carry gradient."""
    dimension = "dim" in named or name in tables.ALWAYS_PICK
    if not dimension and not (args and all(_is_number(a) for a in args)):
        return whole
    indices = cut_by(whole, Cut(Cause.NOT_DIFFERENTIABLE, name, site))
    parts: tuple[tuple[object, Value], ...] = (
        (0, whole),
        (1, indices),
        ("values", whole),
        ("indices", indices),
    )
    return Value(whole.flows | indices.flows, frozenset(), parts)


def _is_number(value: Value) -> bool:
    return value.known and not value.flows and bool(value.of(Sort.CONSTANT))
