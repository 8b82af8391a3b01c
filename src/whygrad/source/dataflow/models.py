"""Layers and models of Keras, Flax and Equinox, and what is done with them."""

from __future__ import annotations

import ast
from typing import Final

from whygrad.source.classes.known import Base
from whygrad.source.dataflow import other_tables as tables
from whygrad.source.dataflow.data import is_data
from whygrad.source.dataflow.fitting import Fitting, tracked, unrecorded
from whygrad.source.dataflow.record import Frame
from whygrad.source.dataflow.sources import carried
from whygrad.source.dataflow.tensors import Named
from whygrad.source.dataflow.values import (
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
    constant,
    cut_by,
    joined,
)

_OTHERS: Final = (
    Base.KERAS, Base.KERAS_2, Base.TENSORFLOW, Base.NNX, Base.LINEN, Base.EQUINOX, Base.HAIKU,
)  # fmt: skip
_FITS: Final = frozenset({"fit", "train_on_batch", "fit_generator"})
_LOADS: Final = frozenset({"load_weights", "set_weights", "load_own_variables"})
_BASE_NAMES: Final = frozenset({
    "name", "dtype", "built", "input_shape", "output_shape", "compute_dtype", "variable_dtype",
    "stop_training", "metrics", "metrics_names", "trainable", "distribute_strategy", "submodules",
    "dtype_policy", "input_spec", "name_scope", "rngs", "autotune_steps", "jit_compile", "params",
})  # fmt: skip
_WRAPPED: Final = frozenset({"TimeDistributed", "Bidirectional", "Wrapper", "RNN"})


class Models(Fitting):
    """See `Machine`."""

    def base_of(self, item: Object) -> Base | None:
        """The base of another framework than PyTorch that a class has."""
        key = ("base", item.name)
        if key not in self.other.bases:
            line = self.lineage_of(item)
            found = line.bases if line is not None else frozenset()
            self.other.bases[key] = next((b for b in _OTHERS if b in found), None)
        return self.other.bases[key]

    # -- what is made

    def layer(self, name: str, args: list[Value], named: Named, site: Site) -> Value:
        """`layers.Dense(...)`."""
        item = Object(Sort.MODULE, name, site, self._inside_of())
        last = name.rpartition(".")[2]
        given = [*args, *named.values()]
        if last == "Lambda":
            self.store(item, "function", args[0] if args else named.get("function", UNKNOWN))
            return Value(objects=frozenset({item}), known=True)
        inner = joined([v for v in given if v.of(Sort.MODULE) or v.of(Sort.INSTANCE)])
        if inner is not NOTHING:
            self.store(item, "*", Value(inner.flows, inner.objects, (), inner.known))
        title = [o.name.strip("'\"") for o in named.get("name", NOTHING).of(Sort.CONSTANT)]
        weightless = last in tables.WEIGHTLESS or any(w in last for w in tables.WEIGHTLESS_KINDS)
        if weightless and name.startswith("keras."):
            return Value(inner.flows, frozenset({item}), (), True)
        root = Root(site, "module", item.inside)
        self.layers[item] = root
        self.found.made.setdefault(root, name)
        self.found.loops[root] = len(self.loops)
        if title:
            self.found.names.setdefault(root, title[0])
        if not self.making and any(c.owner and is_call(c.node) for c in self.stack):
            self.found.anew.add(root)
        if name.startswith("flax.linen.") and self.forwards and not self.making:
            self.found.names.setdefault(root, last)
        if named.get("trainable", constant(True)) != constant(True):
            self.found.frozen.add(root)
        return Value(inner.flows | {Flow(root)}, frozenset({item}), (), True)

    def _inside_of(self) -> tuple[Site, ...]:
        around = self.making[-1] if self.making else None
        return (around.site, *around.inside)[:3] if around is not None and around.site else ()

    def sequential(self, name: str, args: list[Value], named: Named, site: Site) -> Value:
        """`keras.Sequential([...])`."""
        item = Object(Sort.MODULE, name, site, self._inside_of())
        given = [v for k, v in named.items() if k not in ("name", "trainable")]
        inner = joined([*args, *given])
        self.heap.pop((item, "layers"), None)
        self.store(item, "layers", Value(inner.flows, inner.objects, inner.parts, inner.known))
        return Value(inner.flows, frozenset({item}), (), True)

    def functional(self, args: list[Value], named: Named, site: Site) -> Value:
        """`keras.Model(inputs, outputs)`."""
        outputs = args[1] if len(args) > 1 else named.get("outputs")
        item = Object(Sort.MODULE, "keras.Model", site, self._inside_of())
        if outputs is None:
            self.store(item, "*", UNKNOWN)
            return Value(UNKNOWN.flows, frozenset({item}), (), True)
        fresh = unrecorded(outputs)
        self.store(item, "outputs", fresh)
        return Value(tracked(fresh.flows), frozenset({item}), (), True)

    def pretrained(self, name: str, site: Site) -> Value:
        """`keras.applications.ResNet50(...)`."""
        item = Object(Sort.MODULE, name, site, self._inside_of())
        root = Root(site, "module", item.inside)
        self.layers[item] = root
        self.found.made.setdefault(root, name)
        self.found.loaded.add(root)
        return Value(frozenset({Flow(root)}), frozenset({item}), (), True)

    # -- what they compute

    def call_layer(
        self, item: Object, args: list[Value], named: Named, site: Site, frame: Frame
    ) -> Value:
        """`layer(x)`."""
        given = [*args, *named.values()]
        function = self.heap.get((item, "function"))
        if function is not None:
            return self.call(function, args[:1], {}, site, frame)
        outputs = self.heap.get((item, "outputs"))
        if outputs is not None:
            value = self.op([outputs, *given], site)
            parts = tuple((k, self.op([v, *given], site)) for k, v in outputs.parts)
            held = outputs.objects & {Object(Sort.CONTAINER)}
            return Value(value.flows, held if parts else frozenset(), parts)
        layers = self.heap.get((item, "layers"))
        if layers is not None and layers.parts:
            value = joined(args[:1])
            for _, one in layers.parts:
                if one is not NOTHING:
                    value = self.call(one, [value], {}, site, frame)
            return value
        inside = self.everything(Value(objects=frozenset({item})))
        root = self.layers.get(item)
        own = [Value(frozenset({Flow(root)}))] if root is not None else []
        for value in given:
            for o in (*value.of(Sort.FUNCTION), *value.of(Sort.INSTANCE)):
                self.leaves(Value(objects=frozenset({o})), unknown=True)
        return self.op([*own, Value(unrecorded(inside).flows), *given], site)

    # -- what is asked of them

    def other_attribute(self, item: Object, name: str) -> Value | None:
        """An attribute that a base of another framework has."""
        inside = self.listed(item)
        if name in tables.LISTS:
            return Value(inside, frozenset({Object(Sort.CONTAINER)}), (), True)
        if name in ("layers", "_layers", "modules", "children"):
            held = joined([v for (o, _), v in self.heap.items() if o == item])
            self.found.walked |= {f.root for f in inside}
            return Value(inside, held.objects | {Object(Sort.CONTAINER)})
        if name in ("optimizer", "_optimizer"):
            given = self.heap.get((item, "optimizer"))
            if given is not None:
                return given
            optimizer = Object(Sort.OPTIMIZER, "optimizer")
            self.found.handed.add(optimizer)
            return _one(optimizer)
        if name in ("output", "outputs", "input", "inputs", "losses"):
            return Value(inside)
        if name in ("compiled_metrics", "compute_metrics"):
            return _one(Object(Sort.MEASURE, "metrics"))
        if name in ("compiled_loss", "compute_loss", "loss", "loss_fn"):
            return _one(Object(Sort.MEASURE, "losses"))
        if name == "apply" and self._is_linen(item):
            owner = (item.name, item.site, item.inside)
            return _one(Object(Sort.LIBRARY, "super.apply", *owner[1:], owner=owner))
        return NOTHING if name in _BASE_NAMES else None

    def other_method(
        self, item: Object, name: str, args: list[Value], named: Named, site: Site, frame: Frame
    ) -> Value:
        """A method that a base of another framework has."""
        given = [*args, *named.values()]
        if name in _FITS:
            if "*" in named or not is_data(named.get("callbacks", NOTHING), empty=True):
                # A callback may set the rate.
                for optimizer in self.heap.get((item, "optimizer"), NOTHING).of(Sort.OPTIMIZER):
                    self.found.scheduled.setdefault(optimizer, []).append("callback")
            return self.fitted(item, site, frame)
        if name == "compile":
            return self.compiled_by(item, args, named, site)
        if name in ("add_weight", "add_variable", "param"):
            return self._weight(args, named, site)
        if name in ("predict", "predict_on_batch"):
            value = self.compute(item, site, frame)
            return cut_by(value, Cut(Cause.LEFT, f".{name}()", site))
        if name in ("call", "__call__"):
            return self.call(_one(item), args, named, site, frame)
        if name in ("compute_loss", "compiled_loss", "_compute_losses"):
            return self.op(given, site)
        if name in ("add_loss", "add_update"):
            for value in given:
                self.leaves(value)
            return NOTHING
        if name in ("add", "append"):
            before = self.heap.get((item, "layers")) or NOTHING
            parts = (*before.parts, *((len(before.parts) + i, v) for i, v in enumerate(args)))
            whole = joined([before, *args])
            parts = parts if before is NOTHING or before.parts else ()
            self.heap[item, "layers"] = Value(whole.flows, whole.objects, parts, whole.known)
            self.version += 1
            self.state += 1
            return NOTHING
        return self._asked_of_model(item, name, args, named, site, frame)

    def _asked_of_model(
        self, item: Object, name: str, args: list[Value], named: Named, site: Site, frame: Frame
    ) -> Value:
        inside = self.listed(item)
        if name in _LOADS:
            for flow in joined(args).flows:
                self.consume(flow)
            self.found.loaded |= {f.root for f in inside}
            return NOTHING
        if name == "get_weights":
            return cut_by(Value(inside), Cut(Cause.LEFT, ".get_weights()", site))
        if name in ("build", "setup") or name in tables.QUIET_OF_MODEL:
            return NOTHING
        if name in ("init", "init_with_output", "apply", "bind") and self._is_linen(item):
            return self._functional_call(item, name, args, named, site, frame)
        if name in ("get_layer", "get_submodule"):
            held = joined([v for (o, _), v in self.heap.items() if o == item])
            return Value(inside, held.objects)
        for value in (*args, *named.values()):
            self.leaves(value, unknown=True)
        return self.op([Value(inside), UNKNOWN, *args, *named.values()], site)

    def _is_linen(self, item: Object) -> bool:
        return item.sort is Sort.INSTANCE and self.base_of(item) is Base.LINEN

    def _functional_call(
        self, item: Object, name: str, args: list[Value], named: Named, site: Site, frame: Frame
    ) -> Value:
        """`model.apply(params, x)`, `model.init(key, x)`."""
        methods = named.get("method", NOTHING)
        rest = {k: v for k, v in named.items() if k not in ("method", "mutable", "rngs")}
        if methods is not NOTHING:
            return self.unknown_call(Value(self.listed(item)), args, rest, site)
        value = self.call(_one(item), args[1:], rest, site, frame)
        if name == "apply":
            value = carried(value, joined(args[:1]), [*args[1:], *rest.values()])
            several = "mutable" in named
            return self.pair(value, UNKNOWN) if several else value
        inside = {Flow(f.root) for f in value.flows} | self.listed(item)
        params = Value(frozenset(inside) | UNKNOWN.flows)
        return params if name == "init" else self.pair(value, params)

    def _weight(self, args: list[Value], named: Named, site: Site) -> Value:
        root = Root(site, "parameter", self._inside_of())
        self.found.made.setdefault(root, "keras.Layer.add_weight")
        if named.get("trainable", constant(True)) != constant(True):
            self.found.frozen.add(root)
        return Value(frozenset({Flow(root)}))

    def super_method(
        self, item: Object, name: str, args: list[Value], named: Named, site: Site, frame: Frame
    ) -> Value:
        """`super().name(...)` of a base of another framework."""
        if name in ("call", "__call__"):
            return self.op([Value(self.listed(item)), *args, *named.values()], site)
        if name == "train_step":
            return self.default_step(item, site, frame)
        if name in ("__setattr__", "fit", "build", "__init_subclass__"):
            return NOTHING
        return self.other_method(item, name, args, named, site, frame)


def is_call(node: ast.AST) -> bool:
    """Whether a function is what is run when a model is called."""
    return getattr(node, "name", "") in ("call", "__call__")


def _one(item: Object) -> Value:
    return Value(objects=frozenset({item}), known=True)
