"""What Keras does with a model: `compile`, `fit`, and the flags that it reads in between."""

from __future__ import annotations

from whygrad.source.dataflow.record import Frame, Happened
from whygrad.source.dataflow.tapes import Tapes
from whygrad.source.dataflow.tensors import Named
from whygrad.source.dataflow.values import (
    ANY,
    NOTHING,
    UNKNOWN,
    Flow,
    Object,
    Site,
    Sort,
    Value,
    constant,
    joined,
)


class Fitting(Tapes):
    """See `Machine`."""

    def compiled_by(self, item: Object, args: list[Value], named: Named, site: Site) -> Value:
        given = named.get("optimizer", args[0] if args else NOTHING)
        self.heap.pop((item, "optimizer"), None)
        if given.of(Sort.OPTIMIZER):
            self.store(item, "optimizer", given)
        elif given.of(Sort.CONSTANT) and given.known:
            name = given.of(Sort.CONSTANT)[0].name.strip("'\"")
            self.store(item, "optimizer", _one(Object(Sort.OPTIMIZER, name, site)))
            self.found.optimizers.add(Object(Sort.OPTIMIZER, name, site))
        self.heap.pop((item, "objective"), None)
        self.store(item, "objective", named.get("loss", args[1] if len(args) > 1 else NOTHING))
        every = self.roots(_one(item))
        self.other.settled |= {r for r in every if self.other.flags.get(r) is False}
        self.other.compiled[item] = frozenset(r for r in every if self.other.flags.get(r))
        return NOTHING

    def fitted(self, item: Object, site: Site, frame: Frame) -> Value:
        """`model.fit(...)`: the model's own step, or that of Keras."""
        step = self.method_of(item, "train_step") if item.sort is Sort.INSTANCE else None
        self._refrozen(item)
        if step is not None:
            self.other.stepping = True
            self.call_closure(step[0], [_one(item), UNKNOWN], {})
            self.other.stepping = False
            return NOTHING
        return self.default_step(item, site, frame)

    def default_step(self, item: Object, site: Site, frame: Frame) -> Value:
        out = self.compute(item, site, frame)
        own = self.method_of(item, "compute_loss") if item.sort is Sort.INSTANCE else None
        objective = self.heap.get((item, "objective")) or NOTHING
        told = self._objective(objective, out, site, frame)
        if own is not None:
            named = {"x": NOTHING, "y": NOTHING, "y_pred": out}
            told = joined([told, unrecorded(self.call_closure(own[0], [_one(item)], named))])
        wanted = Value(self.listed(item))
        self.note(Happened.ASKED, site, told, None, "fit", whole=wanted)
        self.leaves(told)
        for optimizer in (self.heap.get((item, "optimizer")) or NOTHING).of(Sort.OPTIMIZER):
            self.hold(optimizer, wanted, site)
        return NOTHING

    def _objective(self, objective: Value, out: Value, site: Site, frame: Frame) -> Value:
        """What `fit` differentiates."""
        functions = [*objective.of(Sort.FUNCTION), *objective.of(Sort.INSTANCE)]
        self.leaves(Value(objects=objective.objects - frozenset(functions)))
        if functions and objective.known and len(objective.objects) == 1:
            loss = self.call(_one(functions[0]), [NOTHING, out], {}, site, frame)
            return unrecorded(loss)
        keys = [k for k, _ in objective.parts]
        named = bool(out.parts) and objective.of(Sort.CONTAINER) and len(keys) > 0
        if named and all(isinstance(k, str) and out.part(k) is not None for k in keys):
            return unrecorded(joined([part for k in keys if (part := out.part(k)) is not None]))
        return unrecorded(Value(out.flows))

    def _refrozen(self, item: Object) -> None:
        """Flags that were changed since `compile`."""
        before = self.other.compiled.get(item)
        if before is None or self.conditional or item in self.found.handed:
            return
        every = self.roots(_one(item)) | {f.root for f in self.listed(item)}
        off = {r for r in every if self.other.flags.get(r)}
        thawed = {r for r in before if self.other.flags.get(r) is False}
        kinds = {"thawed": thawed - self.other.settled}
        if off and off == every and ANY not in every:
            kinds["all" if off <= before else "since"] = off
        for kind, roots in kinds.items():
            for place in sorted({self.other.flagged_at[r] for r in roots}):
                own = frozenset(Flow(r) for r in roots if self.other.flagged_at[r] == place)
                self.note(Happened.REFROZEN, place, Value(own), item, kind)

    def other_flag(self, holder: Value, value: Value, site: Site) -> None:
        """`layer.trainable = value`."""
        frozen = value != constant(True)
        roots = {r for r in self.roots(holder) if r is not ANY}
        if frozen:
            self.found.frozen |= roots
        one = len(holder.objects) == 1 and holder.known and not holder.of(Sort.CONTAINER)
        if self.conditional or not one:
            for root in roots:
                self.other.flags.pop(root, None)
            return
        for root in roots:
            if value in (constant(True), constant(False)):
                self.other.flags[root] = frozen
                self.other.flagged_at[root] = site
                self.other.settled.discard(root)
            else:
                self.other.flags.pop(root, None)

    def compute(self, model: Object, site: Site, frame: Frame) -> Value:
        """A model called on data."""
        return unrecorded(self.call(_one(model), [NOTHING], {}, site, frame))

    def listed(self, item: Object) -> frozenset[Flow]:
        """What a model lists as its variables."""
        root = self.layers.get(item)
        own = {Flow(root)} if root is not None else set()
        inside = self.everything(Value(objects=frozenset({item}))).flows
        inside = tracked(inside) if item.name == "keras.Model" else variables(inside)
        return frozenset(own | {Flow(f.root) for f in inside})


def tracked(flows: frozenset[Flow]) -> frozenset[Flow]:
    """What a model of inputs and outputs tracks: not a variable that only an op takes in."""
    return frozenset(f for f in flows if f.root.kind != "parameter" or f.root.inside)


def variables(flows: frozenset[Flow]) -> frozenset[Flow]:
    """Of what is in attributes: not a variable of which only a result is kept, such as features."""
    return frozenset(f for f in flows if f.root.kind != "parameter" or f.tapes is None)


def unrecorded(value: Value) -> Value:
    """The value as it is in every new call, whatever tape was open before."""
    return Value(
        frozenset(Flow(f.root, f.cut) for f in value.flows),
        value.objects,
        tuple((k, unrecorded(v)) for k, v in value.parts),
        value.known,
    )


def _one(item: Object) -> Value:
    return Value(objects=frozenset({item}), known=True)
