"""Functions of TensorFlow, Keras and JAX: what comes out of what goes in."""

from __future__ import annotations

from typing import Final

from whygrad.source.dataflow import other_tables as tables
from whygrad.source.dataflow.data import gives_data
from whygrad.source.dataflow.models import Models
from whygrad.source.dataflow.record import Frame, Happened
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
    number_of,
)

_VARIABLES: Final = frozenset({
    "tensorflow.Variable", "keras.Variable", "keras.backend.variable", "flax.nnx.Param",
})  # fmt: skip
_VMAPS: Final = frozenset({"jax.vmap", "flax.nnx.vmap", "equinox.filter_vmap"})
_PARTITIONS: Final = frozenset({"equinox.partition", "equinox.filter", "flax.nnx.split"})
_TREES: Final = frozenset({
    "equinox.combine", "flax.nnx.state", "flax.nnx.merge", "flax.nnx.clone", "flax.nnx.pop",
})  # fmt: skip
_STATES: Final = ("flax.training.train_state.TrainState.create",)
_RUNS: Final = frozenset({
    Sort.INSTANCE, Sort.FUNCTION, Sort.METHOD, Sort.OPTIMIZER, Sort.CLASS, Sort.MODULE,
})  # fmt: skip
_PLAIN: Final = ("tensorflow.random.", "keras.random.", "jax.random.")
_MAKERS: Final = frozenset({
    "tensorflow.zeros", "tensorflow.ones", "tensorflow.constant", "tensorflow.fill",
    "tensorflow.eye", "tensorflow.convert_to_tensor",
})  # fmt: skip
_WEIGHTED_RANDOM: Final = frozenset({"dropout", "shuffle", "permutation", "beta", "gamma"})


class Elsewhere(Models):
    """See `Machine`."""

    def other_call(
        self, plain: str, args: list[Value], named: Named, site: Site, frame: Frame
    ) -> Value:
        """A call of something of another framework than PyTorch."""
        package, _, last = plain.rpartition(".")
        given = [*args, *named.values()]
        if plain == "tensorflow.GradientTape":
            return self.tape(args, named, site)
        if plain in _VARIABLES:
            return self._variable(plain, args, named, site)
        if plain in tables.GRADIENTS:
            return self.gradient_function(plain, args, named, site)
        if plain in tables.CUSTOM:
            return _one(Object(Sort.MEASURE, "custom", site))
        if plain in tables.SAME or plain in _VMAPS:
            if plain == "tensorflow.convert_to_tensor" and args and not args[0].flows:
                return _one(Object(Sort.TENSOR, last, site))
            return args[0] if args else NOTHING
        if plain in tables.ASIDE:
            return NOTHING
        if gives_data(plain):
            return self.data(plain, given, site) or self.unknown_call(NOTHING, args, named, site)
        made = self._made(plain, package, last, args, named, site)
        if made is not None:
            return made
        if package == "optax" or plain in _STATES or package == "equinox":
            found = self._of_updates(plain, last, args, named, site)
            if found is not None:
                return found
        if plain in _PARTITIONS:
            whole = args[0] if args else UNKNOWN
            return self.pair(whole, whole) if plain != "equinox.filter" else whole
        if plain in _TREES:
            whole = self.everything(joined(given))
            return Value(whole.flows, whole.objects, (), whole.known)
        return self._computed(plain, last, args, named, site)

    def _made(
        self, plain: str, package: str, last: str, args: list[Value], named: Named, site: Site
    ) -> Value | None:
        """Layers, models, losses and optimizers."""
        if plain in ("keras.Input", "keras.layers.Input"):
            return NOTHING
        if plain in ("keras.Model", "keras.models.Model", "keras.Functional"):
            return self.functional(args, named, site)
        if plain in ("keras.Sequential", "keras.models.Sequential"):
            return self.sequential("keras.Sequential", args, named, site)
        if plain in ("flax.nnx.Sequential", "equinox.nn.Sequential", "flax.linen.Sequential"):
            return self.sequential(plain, args, named, site)
        if plain == "keras.models.clone_model":
            new = self.layer(plain, [], {}, site)
            whole = self.everything(joined(args[:1]))
            self.note(Happened.REPLACED, site, new, None, "clone", whole=whole)
            return new
        if package.startswith("keras.applications"):
            return self.pretrained(plain, site)
        upper = last[:1].isupper()
        if package.startswith("keras.layers") and upper:
            return self.layer(f"keras.layers.{last}", args, named, site)
        if package in ("flax.nnx", "flax.linen") and last in tables.NNX_LAYERS:
            return self.layer(plain, args, named, site)
        if package == "equinox.nn" and last in tables.EQX_LAYERS:
            return self.layer(plain, args, named, site)
        if plain in tables.COLLECTIONS:
            whole = joined([*args, *named.values()])
            held = whole.objects | {Object(Sort.CONTAINER)}
            return args[0] if args and not named else Value(whole.flows, held, (), True)
        if plain == "flax.nnx.Optimizer" and args:
            made = Object(Sort.OPTIMIZER, last, site)
            self.found.optimizers.add(made)
            for item in (made, *joined([*args[1:2], named.get("tx", NOTHING)]).of(Sort.UPDATES)):
                self.hold(item, Value(self.everything(args[0]).flows), site)
            return _one(made)
        if package.startswith(("keras.losses", "keras.metrics")) and upper:
            return _one(Object(Sort.MEASURE, package.partition(".")[2], site))
        if package.startswith(("keras.optimizers", "tensorflow.optimizers")) and upper:
            return self._optimizer(package, last, args, named, site)
        if package.startswith("keras.mixed_precision") and "Optimizer" in last:
            return args[0] if args else UNKNOWN
        if package.startswith(("keras.initializers", "keras.regularizers", "keras.constraints")):
            return NOTHING
        return None

    def _variable(self, plain: str, args: list[Value], named: Named, site: Site) -> Value:
        """`tf.Variable(...)`."""
        data = args[0] if args else joined([v for k, v in named.items() if "initial" in k])
        if plain == "flax.nnx.Param" and data.flows and not self.making:
            return Value(data.flows)  # a box around what was computed: gradient goes through it
        trainable = named.get("trainable", constant(True))
        root = Root(site, "parameter", self._around())
        self.found.made.setdefault(root, plain)
        self.found.loops[root] = len(self.loops)
        whole = number_of(data)
        if trainable != constant(True) or isinstance(whole, int) or "dtype" in named:
            self.found.frozen.add(root)  # or a counter, or of a dtype that is not known
        kind = "".join(o.name for o in named.get("dtype", NOTHING).objects)
        if "float" in kind and trainable == constant(True):
            self.found.frozen.discard(root)
        if data.flows or self.tapes:
            self.found.anew.add(root)
        cut = Cut(Cause.REWRAPPED, plain.rpartition(".")[2], site)
        bare = Value(frozenset(f for f in data.flows if f.root.kind != "gradient"))
        flows = frozenset() if self.making else cut_by(bare, cut).flows
        return Value(frozenset({Flow(root)}) | flows)

    def _around(self) -> tuple[Site, ...]:
        around = self.making[-1] if self.making else None
        return (around.site, *around.inside)[:3] if around is not None and around.site else ()

    def _optimizer(
        self, package: str, last: str, args: list[Value], named: Named, site: Site
    ) -> Value:
        if package.endswith("schedules"):
            zero = last == "PolynomialDecay" and number_of(_first(args, named)) == 0
            ends = named.get("end_learning_rate", args[2] if len(args) > 2 else NOTHING)
            name = "zero" if zero and number_of(ends) == 0 else last
            return _one(Object(Sort.SCHEDULER, name, site))
        if last not in tables.OPTIMIZERS:
            return args[0] if args and args[0].of(Sort.OPTIMIZER) else UNKNOWN
        made = Object(Sort.OPTIMIZER, last, site)
        self.found.optimizers.add(made)
        rate = _first(args, named)
        if _is_zero(rate):
            self.note(Happened.NO_RATE, site, NOTHING, made, "given")
        return _one(made)

    def _of_updates(
        self, plain: str, last: str, args: list[Value], named: Named, site: Site
    ) -> Value | None:
        """`optax`: what makes updates of gradients, and what applies them."""
        given = [*args, *named.values()]
        if last == "apply_updates":
            for flow in joined(given).flows:
                self.consume(flow)
            params = args[0] if args else UNKNOWN
            self.hold(Object(Sort.UPDATES, plain, site), self.everything(params), site)
            return self.updated(params, last, site)
        if not plain.startswith("optax.") and plain not in _STATES:
            return None
        if plain in _STATES:
            made = Object(Sort.UPDATES, "TrainState", site)
            params = named.get("params", UNKNOWN)
            self.store(made, "params", params)
            self.store(made, "apply_fn", named.get("apply_fn", UNKNOWN))
            for item in (made, *named.get("tx", NOTHING).of(Sort.UPDATES)):
                self.hold(item, Value(self.everything(params).flows), site)
            return _one(made)
        if last == "constant_schedule":
            name = "zero" if number_of(joined(given)) == 0 else last
            return _one(Object(Sort.SCHEDULER, name, site))
        if last not in _OPTAX and last not in _CHAINS and not last.startswith("scale_by_"):
            return None
        made = Object(Sort.UPDATES, last, site)
        rate = _first(args, named)
        if last in _OPTAX and _is_zero(rate):
            self.note(Happened.NO_RATE, site, NOTHING, made, "given")
        if last == "chain":
            for event in [e for e in self.found.events if e.what is Happened.NO_RATE]:
                if event.object is not None and event.object in joined(given).objects:
                    self.note(Happened.NO_RATE, event.site, NOTHING, made, event.object.name)
        return _one(made)

    def _computed(
        self, plain: str, last: str, args: list[Value], named: Named, site: Site
    ) -> Value:
        """A function that computes, by its package and its name."""
        given = [*args, *named.values()]
        if plain in tables.LEAVES:
            whole = self.op(args[1:] or given, site)
            return cut_by(whole, Cut(Cause.LEFT, f"{plain.rpartition('.')[2]}()", site))
        if plain == "tensorflow.TensorArray":
            return Value(objects=frozenset({Object(Sort.CONTAINER)}), known=True)
        if plain == "tensorflow.py_function":
            return self.op(args[1:] or given, site)
        if last in tables.OWN_WAYS:
            self.found.given_grads = True
            return self.unknown_call(NOTHING, args, named, site)
        if not _computes(plain, last) or any(o.sort in _RUNS for v in given for o in v.objects):
            return self.unknown_call(NOTHING, args, named, site)
        if last in tables.STOPS:
            return cut_by(self.op(given, site), Cut(Cause.DETACHED, last, site))
        if plain.startswith(_PLAIN) or plain in _MAKERS:
            return self._drawn_from(plain, last, args, named, site)
        if last in tables.CONSTANTS and plain not in tables.NOT_CONSTANT:
            return NOTHING
        return self._op_of(last, args, named, site)

    def _op_of(self, last: str, args: list[Value], named: Named, site: Site) -> Value:
        given = [*args, *named.values()]
        no_gradient = Cut(Cause.NOT_DIFFERENTIABLE, last, site)
        if last == "where" and len(args) > 2:
            chosen = self.op(given[1:], site)
            return joined([chosen, cut_by(self.op(args[:1], site), no_gradient)])
        whole = self.op(given, site)
        if last in tables.NO_GRADIENT or (last in tables.CASTS and self.whole_numbers(given[1:])):
            return cut_by(whole, no_gradient)
        if last in tables.PICKS:
            return self.pair(whole, cut_by(whole, no_gradient))
        return whole

    def _drawn_from(
        self, plain: str, last: str, args: list[Value], named: Named, site: Site
    ) -> Value:
        """Random numbers, and tensors of what is written out."""
        whole = self.op([*args, *named.values()], site)
        if whole.flows:
            cut = Cut(Cause.NOT_DIFFERENTIABLE, last, site)
            return cut_by(whole, cut) if last in tables.NO_GRADIENT else whole
        return _one(Object(Sort.TENSOR, last, site))

    def whole_numbers(self, given: list[Value]) -> bool:
        """Whether a dtype among these is of whole numbers."""
        return any(tables.is_whole(o.name) for v in given for o in v.objects)


_CHAINS: Final = frozenset({
    "chain", "multi_transform", "masked", "MultiSteps", "apply_if_finite", "inject_hyperparams",
    "clip_by_global_norm", "clip", "add_decayed_weights", "trace", "lookahead", "partition",
})  # fmt: skip
"""Functions of `optax` that put such things together."""
_OPTAX: Final = frozenset({
    "adam", "adamw", "sgd", "rmsprop", "adagrad", "lamb", "lion", "nadam", "adafactor", "radam",
    "adamax", "adabelief", "yogi", "lars", "fromage", "noisy_sgd", "amsgrad", "novograd", "scale",
})  # fmt: skip


def _computes(plain: str, last: str) -> bool:
    if plain.startswith(tables.ELEMENTWISE):
        return True
    if plain.startswith(tables.FREE):
        return last in tables.ACTIVATIONS
    if plain.startswith("keras.layers."):
        return True  # `layers.concatenate([a, b])`
    return plain.startswith("tensorflow.") and plain.count(".") == 1 and last[:1].islower()


def _first(args: list[Value], named: Named) -> Value:
    return args[0] if args else named.get("learning_rate", named.get("lr", NOTHING))


def _is_zero(rate: Value) -> bool:
    return number_of(rate) == 0 or any(o.name == "zero" for o in rate.of(Sort.SCHEDULER))


def _one(item: Object) -> Value:
    return Value(objects=frozenset({item}), known=True)
