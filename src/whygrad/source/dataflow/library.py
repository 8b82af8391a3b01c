"""Functions and classes of libraries: what comes out of what goes in."""

from __future__ import annotations

import ast
from typing import Final

from whygrad.source.classes.known import (
    BUFFERS,
    PARAMETERS,
    TENSOR_MAKERS,
    canonical,
    has_weights,
    is_layer,
)
from whygrad.source.dataflow import tables
from whygrad.source.dataflow.data import gives_data
from whygrad.source.dataflow.elsewhere import Elsewhere
from whygrad.source.dataflow.other_tables import plain_name
from whygrad.source.dataflow.pretrained import OPAQUE, gives_model
from whygrad.source.dataflow.record import Frame, Happened
from whygrad.source.dataflow.tensors import Named, picked
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
from whygrad.source.expressions import dotted

_REWRAPS: Final = frozenset({
    "torch.tensor", "torch.Tensor", "torch.FloatTensor", "torch.DoubleTensor", "torch.HalfTensor",
    "torch.autograd.Variable", "torch.LongTensor", "torch.IntTensor",
})  # fmt: skip
_ALIASES: Final = frozenset({"torch.Tensor", "torch.FloatTensor", "torch.DoubleTensor"})
"""Given a tensor, the same one; given a list, a new one."""
_JOINS: Final = frozenset({"torch.stack", "torch.cat", "torch.as_tensor", "torch.from_numpy"})
_SCALERS: Final = frozenset({
    "torch.cuda.amp.GradScaler", "torch.amp.GradScaler", "torch.GradScaler",
    "torch.cuda.amp.grad_scaler.GradScaler",
})  # fmt: skip
_CONTAINERS: Final = frozenset({
    "torch.nn.Sequential", "torch.nn.ModuleList", "torch.nn.ModuleDict", "torch.nn.ParameterList",
    "torch.nn.ParameterDict", "collections.OrderedDict", "collections.defaultdict",
    "collections.deque", "itertools.chain", "itertools.chain.from_iterable", "itertools.cycle",
    "itertools.islice", "itertools.product",
})  # fmt: skip
_RANDOM: Final = frozenset({"torch.randn", "torch.rand", "torch.normal"})
_STEPS: Final = 100
"""In which a schedule is asked for its factor."""
_NOTICED: Final = 3
"""In one step or two a warm-up may well have a rate of 0."""
_CHECKPOINTS: Final = frozenset({
    "torch.utils.checkpoint.checkpoint", "torch.utils.checkpoint.checkpoint_sequential",
})  # fmt: skip


class Library(Elsewhere):
    """See `Machine`."""

    def library_call(
        self, item: Object, args: list[Value], named: Named, site: Site, frame: Frame
    ) -> Value:
        """A call of something that is not the project's."""
        name = canonical(item.name)
        package, _, last = name.rpartition(".")
        if package == "builtins":
            return self.builtin(last, args, named, site)
        if package == "super":
            return self._above_all(item, last, args, named, site, frame)
        other = plain_name(name)
        if other is not None:
            return self.other_call(other, args, named, site, frame)
        return self._of_torch(name, args, named, site, frame)

    def _of_torch(
        self, name: str, args: list[Value], named: Named, site: Site, frame: Frame
    ) -> Value:
        """A call of something of PyTorch, or of a library beside it."""
        last = name.rpartition(".")[2]
        given = [*args, *named.values()]
        if name in _CONTAINERS:
            return self.collection(given)
        if is_layer(name):
            return self._layer(name, given, named, site)
        if name in PARAMETERS:
            return self._parameter(args, named, site)
        if name in BUFFERS:
            self.buffered(joined(args[:1]), site)
            return joined(args[:1])
        if name.startswith("torch.optim.") and last[:1].isupper():
            return self._of_optim(name, last, args, named, site)
        if name in _SCALERS:
            return _one(Object(Sort.SCALER, last, site))
        if name.startswith("torch.distributions.") and last[:1].isupper():
            flows = self.op(given, site).flows
            return Value(flows, frozenset({Object(Sort.DISTRIBUTION, last)}), (), True)
        if name in tables.SAME:
            if name == "copy.deepcopy" and args and _takes_its_place(site, frame):
                whole = self.everything(args[0])
                self.note(Happened.REPLACED, site, whole, None, "copied", whole)
            return args[0] if args else NOTHING
        if name in tables.ASIDE or name.startswith(("torch.backends.", "torch.cuda.manual")):
            for value in args:
                self.exhaust_all(value)
            return NOTHING
        if name in tables.SET_GRAD and args:
            off = Cut(Cause.GRAD_DISABLED, last, site) if args[0] == constant(False) else None
            if not self.conditional or off is None:
                self.off = off
                self.version += 1
            return NOTHING
        if name in _CHECKPOINTS and args:
            rest = {k: v for k, v in named.items() if k not in ("use_reentrant", "context_fn")}
            return self.call(args[0], args[1:], rest, site, frame)
        if name == "functools.partial" and args:
            return joined([args[0], Value(joined(args[1:]).flows)])
        if name in ("torch.autograd.grad", "torch.autograd.backward"):
            return self._differentiated(args, site)
        if "schedule" in last.lower() and any(v.of(Sort.OPTIMIZER) for v in given):
            return self._scheduler(last, args, named, site)
        return self._function(name, last, args, named, site)

    def _differentiated(self, args: list[Value], site: Site) -> Value:
        self.found.by_hand = True
        for value in args[:1]:
            self.note(Happened.DIFFERENTIATED, site, value, detail="asked")
            self.leaves(value)
        return UNKNOWN

    def _function(self, name: str, last: str, args: list[Value], named: Named, site: Site) -> Value:
        """A function that computes, by the package that it is of."""
        given = [*args, *named.values()]
        if name in _REWRAPS or name in TENSOR_MAKERS or name in _JOINS:
            return self._tensor(name, args, named, site)
        if name.startswith(tables.NUMPY):
            value = cut_by(self.op(given, site), Cut(Cause.LEFT, name, site))
            return Value(value.flows, frozenset({Object(Sort.DATA, name, site)}), (), True)
        if gives_data(name):
            return self.data(name, given, site) or self.unknown_call(NOTHING, args, named, site)
        if name.startswith(tables.OWN_WAYS):
            self.found.given_grads = True
            return self.unknown_call(NOTHING, args, named, site)
        if gives_model(name):
            model = self.unknown_call(NOTHING, args, named, site)
            root = Root(site, OPAQUE, self._inside())
            self.found.loaded.add(root)
            return Value(model.flows | {Flow(root)}, model.objects)
        if not name.startswith(tables.PASSES) or ".models." in name:
            return self.unknown_call(NOTHING, args, named, site)
        if any(o.sort in _RUNS for v in given for o in v.objects):
            return self.unknown_call(NOTHING, args, named, site)
        if last in tables.CONSTANTS:
            return NOTHING
        whole = self.op(given, site)
        if last in tables.NO_GRADIENT:
            return cut_by(whole, Cut(Cause.NOT_DIFFERENTIABLE, last, site))
        if last in tables.PICKS:
            return picked(whole, last, args[1:], named, site)
        return whole

    def _tensor(self, name: str, args: list[Value], named: Named, site: Site) -> Value:
        """A new tensor, of numbers or of what is given."""
        asks = named.get("requires_grad")
        if name in _REWRAPS and args:
            if name == "torch.autograd.Variable" and not args[0].flows:
                return self._loose(name, NOTHING, asks, site)
            plain = Value(args[0].flows)
            if name in _ALIASES and not args[0].of(Sort.CONTAINER):
                return plain
            cut = Cut(Cause.REWRAPPED, name.rpartition(".")[2], site)
            return self._loose(name, cut_by(plain, cut), asks, site)
        if name in _JOINS:
            whole = self.op(args, site)
            if name == "torch.as_tensor" and args and args[0].of(Sort.CONTAINER):
                return cut_by(whole, Cut(Cause.REWRAPPED, "as_tensor", site))
            return whole
        return self._loose(name, NOTHING, asks, site)

    def _loose(self, name: str, value: Value, asks: Value | None, site: Site) -> Value:
        if asks != constant(True) or value.live or self.off is not None:
            return value
        root = Root(site, "leaf" if value.flows else "tensor", self._inside())
        self.found.loops[root] = len(self.loops)
        if self.forwards and not self.making and name in _RANDOM:
            self.note(Happened.CREATED, site, NOTHING, None, "tensor")
        return Value(value.flows | {Flow(root)})

    def _inside(self) -> tuple[Site, ...]:
        around = self.making[-1] if self.making else None
        return (around.site, *around.inside)[:3] if around is not None and around.site else ()

    def _parameter(self, args: list[Value], named: Named, site: Site) -> Value:
        asks = named.get("requires_grad", args[1] if len(args) > 1 else constant(True))
        data = args[0] if args else named.get("data", NOTHING)
        if asks == constant(False):
            return NOTHING
        root = Root(site, "parameter", self._inside())
        self.found.made.setdefault(root, "torch.nn.Parameter")
        if asks != constant(True):
            self.found.frozen.add(root)
        cut = Cut(Cause.REWRAPPED, "Parameter", site)
        flows = frozenset() if self.making else cut_by(Value(data.flows), cut).flows
        self.found.loops[root] = len(self.loops)
        if self.forwards and not self.making and self.off is None:
            self.note(Happened.CREATED, site, data, None, "parameter")
        return Value(frozenset({Flow(root)}) | flows)

    def _layer(self, name: str, given: list[Value], named: Named, site: Site) -> Value:
        for value in given:
            self.leaves(value)
        item = Object(Sort.MODULE, name, site, self._inside())
        fixed = constant(False)
        bare = any(named.get(k) == fixed for k in ("affine", "elementwise_affine"))
        if has_weights(name) is False or bare:
            return _one(item)
        root = Root(site, "module", self._inside())
        self.layers[item] = root
        self.found.made.setdefault(root, name)
        if self.forwards and not self.making and self.off is None:
            self.note(Happened.CREATED, site, NOTHING, item, "module")
        return Value(frozenset({Flow(root)}), frozenset({item}), (), True)

    def _of_optim(self, name: str, last: str, args: list[Value], named: Named, site: Site) -> Value:
        if ".lr_scheduler." in name or ".swa_utils." in name:
            if last == "AveragedModel":
                return args[0] if args else NOTHING
            return self._scheduler(last, args, named, site)
        return self.optimizer(last, args, named, site)

    def _scheduler(self, last: str, args: list[Value], named: Named, site: Site) -> Value:
        if last == "LambdaLR":
            factor = args[1] if len(args) > 1 else named.get("lr_lambda", NOTHING)
            count = self._zero_for(factor)
            if count >= _NOTICED:
                self.note(Happened.NO_RATE, site, NOTHING, None, str(count))
        for value in [*args, *named.values()]:
            for optimizer in value.of(Sort.OPTIMIZER):
                self.found.scheduled.setdefault(optimizer, []).append(last)
        return _one(Object(Sort.SCHEDULER, last, site))

    def _zero_for(self, factor: Value) -> int:
        """In how many steps a schedule's factor is zero from the first one on."""
        functions = [o.closure for o in factor.of(Sort.FUNCTION) if o.closure is not None]
        if len(functions) != 1 or not factor.known or len(factor.objects) != 1:
            return 0
        for step in range(_STEPS):
            number = number_of(self.call_closure(functions[0], [constant(step)], {}))
            if number != 0:
                return step if number is not None else 0
        return _STEPS

    def _above_all(
        self,
        item: Object,
        last: str,
        args: list[Value],
        named: Named,
        site: Site,
        frame: Frame,
    ) -> Value:
        """`super().name(...)` of a base that is not the project's."""
        own = self.making[-1] if self.making else None
        if last == "__init__":
            given = [*args, *(named[k] for k in ("inputs", "outputs") if k in named)]
            if own is not None and given:
                self.store(own, "*", joined(given))
            return NOTHING
        model = Object(Sort.INSTANCE, *item.owner) if item.owner is not None else None
        if model is not None and self.base_of(model) is not None:
            return self.super_method(model, last, args, named, site, frame)
        if last in tables.QUIET_METHODS or last in tables.GIVES_ITSELF:
            return NOTHING
        if own is not None and last in ("register_parameter", "register_buffer"):
            return NOTHING
        for held in [v for (o, _), v in self.heap.items() if o.site == item.site]:
            self.leaves(Value(held.flows))
        return self.unknown_call(NOTHING, args, named, site)


def _takes_its_place(site: Site, frame: Frame) -> bool:
    """`net = copy.deepcopy(net)`: the copy goes by the name of what it was made of."""
    statement = frame.module.statement_at(site.line, site.column + 1)
    call = statement.value if isinstance(statement, ast.Assign) else None
    if not isinstance(statement, ast.Assign) or not isinstance(call, ast.Call) or not call.args:
        return False
    if (call.lineno, call.col_offset) != (site.line, site.column) or len(statement.targets) != 1:
        return False
    name = dotted(statement.targets[0])
    return name is not None and name == dotted(call.args[0])


def _one(item: Object) -> Value:
    return Value(objects=frozenset({item}), known=True)


_RUNS: Final = frozenset({Sort.INSTANCE, Sort.FUNCTION, Sort.METHOD, Sort.OPTIMIZER})
