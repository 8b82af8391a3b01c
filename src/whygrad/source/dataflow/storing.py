"""What is put on objects: attributes, flags, parts of a model given anew."""

from __future__ import annotations

import ast
from typing import Final

from whygrad.source.dataflow.library import Library
from whygrad.source.dataflow.pretrained import has_there, opaque
from whygrad.source.dataflow.record import Frame, Happened
from whygrad.source.dataflow.tables import PARTS
from whygrad.source.dataflow.values import (
    ANY,
    NOTHING,
    Flow,
    Object,
    Root,
    Sort,
    Value,
    constant,
    joined,
)
from whygrad.source.expressions import dotted

_PLAIN_BASES: Final = frozenset({"torch.nn.Module", "abc.ABC", "builtins.object"})

_COMPOSED: Final = ("Transformer", "Multihead", "AdaptiveLogSoftmax", "RNN", "LSTM", "GRU")
"""Layers of PyTorch that are made of others."""


class Storing(Library):
    """See `Machine`."""

    def assign_attribute(self, target: ast.Attribute, value: Value, frame: Frame) -> None:
        """`holder.name = value`."""
        holder, name = self.evaluate(target.value, frame), target.attr
        if name == "grad":
            self.found.by_hand = True
            self.found.given_grads = self.found.given_grads or value != NOTHING
            return
        if name == "trainable" and self._of_other_framework(holder):
            self.other_flag(holder, value, self.site(target, frame))
            return
        if name in ("requires_grad", "trainable"):
            self.flagged(holder, value, target, frame)
            return
        if name == "data":
            self.found.loaded |= self.roots(holder)
            return
        self.found.handed.update(holder.of(Sort.OPTIMIZER))
        for flow in value.flows:
            self.consume(flow)
        instances = holder.of(Sort.INSTANCE)
        if holder.of(Sort.MODULE) or (instances and not self._own(instances, frame)):
            there = any(self._has(o, name) for o in holder.objects)
            self.replaced_part(holder, value, target, frame, "" if there else "new")
        elif instances and self.forwards and not self.making:
            self.made_in_call(instances[0], name, value, target, frame)
        elif instances and not self.making:
            self._given_anew(instances, name, value, target, frame)
        for item in holder.of(Sort.DATA):
            self.store(item, name, value)
        for optimizer in value.of(Sort.OPTIMIZER) if instances else ():
            if self._all_known(instances):
                self.found.titles.setdefault(optimizer, f"self.{name}")
        for item in [*instances, *holder.of(Sort.MODULE)]:
            self.name_roots(value, f"self.{name}" if item.sort is Sort.INSTANCE else name)
            self.store(item, name, value)
        if not instances and not holder.of(Sort.MODULE):
            self.on_opaque(holder, value, target, frame)
        # Of what is put on a tensor, `p.update = step`, nobody knows who takes it from there.
        if not instances and not (holder.known and holder.of(Sort.MODULE)):
            self.leaves(value, unknown=True)

    def on_opaque(
        self, holder: Value, value: Value, target: ast.Attribute | ast.Subscript, frame: Frame
    ) -> None:
        """`model.fc = nn.Linear(...)`, of a model that a library has made."""
        models = opaque(holder)
        made = {f.root for f in value.flows if f.root.kind in ("module", "parameter")}
        name = frame.module.segment(target)
        if not models or not made or not dotted(target.value):
            return
        if isinstance(target, ast.Attribute):
            statement = frame.module.statement_at(target.lineno, target.col_offset + 1)
            text = frame.module.segment(statement) if statement is not None else ""
            if not has_there(target.attr, frame.module.segment(target.value), text):
                return
        for root in made:
            self.found.names.setdefault(root, name)
        whole = Value(frozenset(Flow(model) for model in models))
        inner = self.everything(value)
        self.note(Happened.REPLACED, self.site(target, frame), inner, None, whole=whole)

    def _has(self, item: Object, name: str) -> bool:
        """Whether an object has something under a name that it may be, before that is stored."""
        if item.sort is Sort.MODULE and item.name.startswith("torch."):
            whole = any(word in item.name for word in _COMPOSED)
            there = whole or name in PARTS or self.load(item, name) is not None
            self.found.extra |= set() if there else {(item, name)}
            return there
        if item.sort is not Sort.INSTANCE:
            return True
        line = self.lineage_of(item)
        known = line is not None and line.complete
        return not known or self.load(item, name) is not None

    def _all_known(self, instances: list[Object]) -> bool:
        """Whether no code that is not read belongs to the objects, but that of `nn.Module`."""
        lines = [self.lineage_of(item) for item in instances]
        return all(
            line is not None and line.complete and {*line.outside} <= _PLAIN_BASES for line in lines
        )

    def _of_other_framework(self, holder: Value) -> bool:
        modules = [o for o in holder.of(Sort.MODULE) if not o.name.startswith("torch.")]
        return bool(modules) or any(self.base_of(o) for o in holder.of(Sort.INSTANCE))

    def flagged(self, holder: Value, value: Value, target: ast.Attribute, frame: Frame) -> None:
        """`holder.requires_grad = value`: of a module it is only an attribute of that name."""
        on = constant(True)
        modules = [*holder.of(Sort.MODULE), *holder.of(Sort.INSTANCE)]
        others = [o for o in holder.objects if o not in modules and o.sort is not Sort.CONTAINER]
        if modules and holder.known and not others:
            if all(self.is_model(o) for o in modules if o.sort is Sort.INSTANCE):
                detail = {on: "True", constant(False): "False"}.get(value, "")
                whole = self.everything(holder)
                self.note(Happened.FLAGGED, self.site(target, frame), whole, modules[0], detail)
            return
        if value != on:
            self.found.frozen |= {f.root for f in holder.flows}
        elif not holder.live and isinstance(target.value, ast.Name):
            name = target.value.id
            root = Root(self.site(target, frame), "leaf" if holder.flows else "tensor")
            if name in frame.names:
                asking = Value(holder.flows | {Flow(root)})
                self.seen_outside(frame, name, asking)
                frame.names[name] = asking
                self.found.names.setdefault(root, name)

    def _own(self, instances: list[Object], frame: Frame) -> bool:
        """Whether it is the object whose method runs that is stored on."""
        closure = frame.closure
        given = closure.node.args.args[:1] if closure is not None and closure.owner else []
        own = frame.names.get(given[0].arg) if given else None
        return own is not None and set(instances) <= own.objects

    def _given_anew(
        self, items: list[Object], name: str, value: Value, target: ast.expr, frame: Frame
    ) -> None:
        """An object gives itself something new in place of what an optimizer holds."""
        before = joined([v for i in items if (v := self.load(i, name)) is not None])
        if any(self.found.held.get(r) for r in before.live if r is not ANY):
            self.replaced_part(Value(before.flows, frozenset(items)), value, target, frame)

    def name_roots(self, value: Value, name: str) -> None:
        """What is newly made and stored goes by that name."""
        for flow in value.flows:
            if flow.cut is None and flow.root is not ANY:
                known = self.found.names.get(flow.root)
                if known is None or not known.startswith("self."):
                    self.found.names[flow.root] = name

    def made_in_call(
        self, item: Object, name: str, value: Value, target: ast.expr, frame: Frame
    ) -> None:
        """A model's call stores something that learns on the model."""
        fresh = [o for o in value.of(Sort.MODULE) if o.site is not None]
        made = {f.root for f in value.flows if f.root.kind == "parameter" and f.cut is None}
        if fresh or made:
            cuts = {f.cut for f in value.flows if f.cut is not None}
            detail = "replaced" if cuts or self.load(item, name) is not None else "made"
            self.note(Happened.CREATED, self.site(target, frame), value, item, f"{name}|{detail}")

    def replaced_part(
        self, holder: Value, value: Value, target: ast.expr, frame: Frame, detail: str = ""
    ) -> None:
        """A part of a model is given anew from outside; `new` where there was none before."""
        learns = [
            f for f in value.flows if f.cut is None and f.root.kind in ("module", "parameter")
        ]
        new = value.of(Sort.MODULE) or value.of(Sort.INSTANCE) or learns
        if new and (value.known or learns):
            whole = self.everything(holder)
            inner = self.everything(value)
            self.note(Happened.REPLACED, self.site(target, frame), inner, None, detail, whole)
