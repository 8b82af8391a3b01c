"""Methods: of tensors, modules, containers, optimizers and what else a training loop has."""

from __future__ import annotations

import ast
from abc import abstractmethod
from typing import Final

from whygrad.source.classes.known import Base
from whygrad.source.dataflow import tables
from whygrad.source.dataflow.data import Data, is_data
from whygrad.source.dataflow.record import Frame, Happened
from whygrad.source.dataflow.tensors import Named
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
    constant,
    cut_by,
    joined,
)
from whygrad.source.module import Function

_CONTAINER_METHODS: Final = frozenset({
    "append", "extend", "insert", "add", "update", "appendleft", "setdefault", "items", "values",
    "keys", "pop", "get", "copy", "clear", "remove", "index", "count", "sort", "reverse", "popleft",
    "popitem", "discard", "union",
})  # fmt: skip
_ARRAY_METHODS: Final = frozenset({"write", "stack", "concat", "read", "unstack", "gather"})

_MADE_TO: Final = (Sort.TAPE, Sort.UPDATES, Sort.MEASURE, Sort.GRADIENTS)
"""Objects of other frameworks than PyTorch."""


class Methods(Data):
    """See `Machine`."""

    def method_call(
        self,
        receiver: Value,
        function: ast.Attribute,
        args: list[Value],
        named: Named,
        node: ast.Call,
        frame: Frame,
    ) -> Value:
        """`receiver.name(...)`."""
        name, site = function.attr, self.site(node, frame)
        if receiver.of(Sort.CONTAINER) and name in _ARRAY_METHODS and not receiver.of(Sort.MODULE):
            return self._array_method(receiver, name, args, named)
        if receiver.of(Sort.CONTAINER) and name in _CONTAINER_METHODS:
            return self._container_method(receiver, function, args, named, frame)
        if is_data(receiver):
            return self.of_data(receiver, function, args, named, site, frame)
        found: list[Value] = []
        modules: list[Object] = []
        others = False
        for item in receiver.objects:
            if item.sort is Sort.INSTANCE:
                own = self.instance_call(item, name, args, named, site, frame)
                if own is not None:
                    found.append(own)
                elif self.base_of(item) is not None:
                    others = True
                    found.append(self.other_method(item, name, args, named, site, frame))
                else:
                    modules.append(item)
            elif item.sort is Sort.MODULE and not item.name.startswith("torch."):
                others = True
                found.append(self.other_method(item, name, args, named, site, frame))
            elif item.sort is Sort.MODULE:
                modules.append(item)
            elif item.sort is Sort.DATA:
                part = Value(frozenset(), frozenset({item}), (), True)
                found.append(self.of_data(part, function, args, named, site, frame))
            else:
                made = self._of_object_call(item, receiver, name, args, named, site, frame)
                found += [made] if made is not None else []
        if modules:
            part = Value(receiver.flows, frozenset(modules), (), True)
            found.append(self._module_method(part, name, args, named, site))
        elif not receiver.known or not receiver.objects or (_is_tensor(receiver) and not others):
            plain = Value(receiver.flows, frozenset(), (), receiver.known)
            found.append(self.tensor_method(plain, function, args, named, site, frame))
        return joined(found)

    def _of_object_call(
        self,
        item: Object,
        receiver: Value,
        name: str,
        args: list[Value],
        named: Named,
        site: Site,
        frame: Frame,
    ) -> Value | None:
        """A method of what a training loop has besides models and tensors."""
        if item.sort is Sort.OPTIMIZER:
            applied = self.optimizer_call(item, name, args, named, site, frame)
            if applied is None:
                applied = self._optimizer_method(item, name, args, named, site)
            return applied
        if item.sort in _MADE_TO:
            return self.other_object(item, name, args, named, site, frame)
        if item.sort is Sort.FUNCTION and name in ("defvjp", "defjvp"):
            self._given_backward(item, args)
        if item.sort is Sort.GROUPS:
            return self.group_call(item, name, args)
        if item.sort is Sort.SCALER:
            return self._scaler_method(name, args, site)
        if item.sort is Sort.DISTRIBUTION:
            return self._drawn(receiver, name, args, site)
        if item.sort in (Sort.LIBRARY, Sort.FILE, Sort.CLASS):
            member = self.attribute_of(item, name)
            return self.call(member, args, named, site, frame)
        return None

    @abstractmethod
    def base_of(self, item: Object) -> Base | None:
        """The base of another framework than PyTorch that a class has."""

    @abstractmethod
    def other_method(
        self, item: Object, name: str, args: list[Value], named: Named, site: Site, frame: Frame
    ) -> Value:
        """A method that a base of another framework has."""

    @abstractmethod
    def optimizer_call(
        self, item: Object, name: str, args: list[Value], named: Named, site: Site, frame: Frame
    ) -> Value | None:
        """A method that only optimizers of other frameworks have; None for any other."""

    @abstractmethod
    def other_object(
        self, item: Object, name: str, args: list[Value], named: Named, site: Site, frame: Frame
    ) -> Value:
        """A method of a tape, of a metric, of what makes updates."""

    def _given_backward(self, item: Object, args: list[Value]) -> None:
        """`f.defvjp(forward, backward)`."""
        functions = args[1].of(Sort.FUNCTION) if len(args) > 1 else []
        node = functions[0].closure.node if functions and functions[0].closure else None
        if item.closure is not None and isinstance(node, Function):
            self.other.backwards[id(item.closure.node)] = node

    def attribute_of(self, item: Object, name: str) -> Value:
        """A function of a module or a class."""
        if item.sort is Sort.CLASS:
            return self.class_attribute(item, name) or UNKNOWN
        return self.member(item, name)

    def instance_call(
        self, item: Object, name: str, args: list[Value], named: Named, site: Site, frame: Frame
    ) -> Value | None:
        """A method of the class, or what is stored under the name, called; None: a base's."""
        method = self.method_of(item, name)
        held = self.heap.get((item, name))
        if method is None and (held is None or name in tables.QUIET_METHODS):
            return None
        found: list[Value] = []
        if method is not None and not method[1]:
            given = args if _is_static(method[0].node) else [*self.itself(item), *args]
            entered = name == "forward" or (name.endswith("_step") and self.is_model(item))
            found.append(self.enter(method[0], given, named, model=entered))
        elif method is not None:
            inner = self.call_closure(method[0], self.itself(item), {})
            found.append(self.call(inner, args, named, site, frame))
        if held is not None:
            found.append(self.call(held, args, named, site, frame))
        return joined(found)

    def enter(self, closure: Closure, args: list[Value], named: Named, *, model: bool) -> Value:
        """Call a method; where it is the call of a model, what is made in it is made every time."""
        if not model:
            return self.call_closure(closure, args, named)
        making, self.making = self.making, []
        entered = self.entered
        if not self.forwards:
            self.entered = self.conditional
        self.forwards += 1
        try:
            return self.call_closure(closure, args, named)
        finally:
            self.forwards -= 1
            self.making, self.entered = making, entered

    # -- containers

    def _container_method(
        self,
        receiver: Value,
        function: ast.Attribute,
        args: list[Value],
        named: Named,
        frame: Frame,
    ) -> Value:
        name = function.attr
        if name in tables.GROWS:
            given = [*args[tables.GROWS[name] :], *named.values()]
            if name in ("extend", "update"):
                for value in given:
                    self.exhaust_all(value)
                given = [self.item(v) for v in given]
            self.grow(function.value, joined(given), frame)
            return joined(given) if name == "setdefault" else NOTHING
        if name in ("items", "values", "copy", "union"):
            parts = receiver.parts if name != "items" else ()
            return Value(receiver.flows, receiver.objects, parts, receiver.known)
        if name in ("get", "pop") and args:
            return joined([self.item(receiver), *args[1:]])
        if name in ("pop", "popleft", "popitem"):
            return self.item(receiver)
        return NOTHING

    def _array_method(self, receiver: Value, name: str, args: list[Value], named: Named) -> Value:
        """`tf.TensorArray`: gives a new array where something is written into it."""
        if name in ("write", "unstack", "scatter", "split"):
            whole = joined([receiver, *args[1:], *named.values()])
            return Value(whole.flows, receiver.objects, (), receiver.known)
        return Value(receiver.flows)

    @abstractmethod
    def item(self, holder: Value) -> Value:
        """Any item of what is looked into."""

    # -- modules

    def _module_method(
        self, part: Value, name: str, args: list[Value], named: Named, site: Site
    ) -> Value:
        """A method that the project's own class does not have."""
        inside = Value(frozenset(Flow(r) for r in self.roots(part)))
        if name in tables.LISTS:
            item = Object(Sort.GENERATOR, name, site)
            self.empty.discard(item)
            return Value(inside.flows, frozenset({item, Object(Sort.CONTAINER)}), (), True)
        if name in tables.LISTS_MODULES:
            # Whoever goes through the modules may call them.
            self.found.walked |= self.roots(part)
            return Value(inside.flows, part.objects | {Object(Sort.CONTAINER)})
        if name == "requires_grad_":
            if not args or args[0] != constant(True):
                self.found.frozen |= self.roots(part) if args or named else set()
            return part
        if name == "eval":
            self.found.evaluated |= self.roots(part)
        if name in tables.GIVES_ITSELF:
            return part
        if name == "zero_grad":
            self.note(Happened.CLEARED, site, inside)
            return NOTHING
        if name == "load_state_dict":
            self.found.loaded |= self.roots(part)
            return NOTHING
        if name in ("register_parameter", "register_buffer", "add_module", "register_module"):
            if name == "register_buffer":
                self.buffered(joined(args[1:2]), site)
            return self._registered(part, args, named)
        if name.startswith("register_") and "hook" in name:
            self.leaves(inside)
            self.hooked |= part.objects
            for value in args:
                self.leaves(value)
            return NOTHING
        if name in ("forward", "__call__"):
            return self.op([inside, *args, *named.values()], site)
        if name in tables.QUIET_METHODS:
            return NOTHING
        for value in (*args, *named.values()):
            self.leaves(value, unknown=True)
        return self.op([inside, UNKNOWN, *args, *named.values()], site)

    def _registered(self, part: Value, args: list[Value], named: Named) -> Value:
        value = args[1] if len(args) > 1 else joined(list(named.values()))
        text = next((o.name for o in args[0].of(Sort.CONSTANT)), "") if args else ""
        name = text.strip("'\"") if text else "*"
        for item in part.of(Sort.INSTANCE):
            self.store(item, name, value)
            for flow in value.flows:
                if flow.root is not ANY and name != "*":
                    self.found.names[flow.root] = f"self.{name}"
        return NOTHING

    def buffered(self, value: Value, site: Site) -> None:
        """A tensor becomes a buffer."""
        if any(root.kind == "tensor" for root in value.live):
            self.note(Happened.BUFFERED, site, value)

    def module_root(self, item: Object) -> Root | None:
        """What learns in a layer of the library."""
        return self.layers.get(item)

    # -- optimizers and what goes with them

    def _optimizer_method(
        self, item: Object, name: str, args: list[Value], named: Named, site: Site
    ) -> Value:
        if name == "step":
            for value in [*args, *named.values()]:
                for function in value.of(Sort.FUNCTION):
                    if function.closure is not None:
                        self.call_closure(function.closure, [], {})
            self.note(Happened.STEPPED, site, NOTHING, item)
        elif name == "zero_grad":
            self.note(Happened.CLEARED, site, NOTHING, item)
        elif name == "add_param_group":
            for flow in joined(args).flows:
                self.found.held.setdefault(flow.root, set()).add(item)
            self.note(Happened.BUILT, site, joined(args), item)
        elif name not in ("state_dict", "load_state_dict", "train", "eval"):
            self.found.handed.add(item)
        return UNKNOWN if name == "step" else NOTHING

    def _scaler_method(self, name: str, args: list[Value], site: Site) -> Value:
        if name == "scale":
            return computed(args)
        if name == "step" and args:
            for item in args[0].of(Sort.OPTIMIZER):
                self.note(Happened.STEPPED, site, NOTHING, item)
        return NOTHING

    def _drawn(self, receiver: Value, name: str, args: list[Value], site: Site) -> Value:
        value = self.op([Value(receiver.flows), *args], site)
        if name in ("sample", "sample_n"):
            value = self.op([Value(receiver.flows)], site)
            return cut_by(value, Cut(Cause.NOT_DIFFERENTIABLE, "sample", site))
        return value


def _is_tensor(value: Value) -> bool:
    """Whether a tensor is among what it may be."""
    others = (Sort.DISTRIBUTION, Sort.CLASS, Sort.OPTIMIZER)
    return bool(value.flows) and not any(value.of(sort) for sort in others)


def _is_static(node: ast.AST) -> bool:
    decorators = getattr(node, "decorator_list", ())
    return any(isinstance(d, ast.Name) and d.id == "staticmethod" for d in decorators)
