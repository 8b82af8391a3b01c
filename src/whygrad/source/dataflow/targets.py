"""What values are given to: names, tuples of them, attributes, items of containers."""

from __future__ import annotations

import ast
from typing import Final

from whygrad.source.dataflow.expressions import Expressions
from whygrad.source.dataflow.record import Frame
from whygrad.source.dataflow.values import NOTHING, Sort, Value, joined

_MOST_FLOWS: Final = 200


class Targets(Expressions):
    """See `Machine`."""

    def assign(self, target: ast.expr, value: Value, frame: Frame) -> None:
        """Give a target a value."""
        if isinstance(target, ast.Name):
            self._assign_name(target.id, value, frame)
        elif isinstance(target, (ast.Tuple, ast.List)):
            starred = any(isinstance(t, ast.Starred) for t in target.elts)
            for i, inner in enumerate(target.elts):
                part = None if starred else value.part(i)
                self.assign(inner, part if part is not None else self.item(value), frame)
        elif isinstance(target, ast.Starred):
            self.assign(target.value, value, frame)
        elif isinstance(target, ast.Attribute):
            self.assign_attribute(target, value, frame)
        elif isinstance(target, ast.Subscript):
            self._assign_item(target, value, frame)

    def _assign_name(self, name: str, value: Value, frame: Frame) -> None:
        live = value.live
        for root in live:
            if root.kind == "gradient":
                continue
            fresh = len(live) == 1 and root.kind != "module" and root not in self.found.used
            if value.known or fresh:
                self.found.names.setdefault(root, name)
        for item in value.objects:
            if item.sort is Sort.TENSOR:
                self.found.titles.setdefault(item, name)
        self.seen_outside(frame, name, value)
        if name in frame.globals:
            top = self.top_of(frame.path)
            names = next((around for around in frame.around if name in around), top)
            names[name] = joined([names.get(name, NOTHING), value])
        else:
            frame.names[name] = value

    def _assign_item(self, target: ast.Subscript, value: Value, frame: Frame) -> None:
        key = self.key_of(target.slice, frame)
        holder = self.evaluate(target.value, frame)
        if not isinstance(target.slice, ast.Constant):
            self.evaluate(target.slice, frame)
        for item in holder.of(Sort.GROUPS):
            self.set_in_group(item, key)
            return
        if holder.of(Sort.MODULE) or holder.of(Sort.INSTANCE):
            self.replaced_part(holder, value, target, frame)
        else:
            self.on_opaque(holder, value, target, frame)
        if holder.of(Sort.CONTAINER) and key is not None:
            parts = dict(holder.parts)
            whole = bool(parts) or not (holder.flows or len(holder.objects) > 1)
            if len(parts) < 16 and whole:
                parts[key] = value
                self.grow(target.value, value, frame, tuple(parts.items()))
                return
        self.grow(target.value, value, frame)

    def grow(
        self,
        holder: ast.expr,
        value: Value,
        frame: Frame,
        parts: tuple[tuple[object, Value], ...] = (),
    ) -> None:
        """Something is put into what an expression stands for."""
        before = self.evaluate(holder, frame)
        if before.flows and len(before.flows) > _MOST_FLOWS:
            self.spend(len(before.flows))
        grown = joined([Value(before.flows, before.objects, (), before.known), value])
        grown = Value(grown.flows, grown.objects, parts, before.known and value.known)
        if grown == before:
            return
        if isinstance(holder, ast.Name):
            name = holder.id
            places = (frame.names, *frame.around, self.top_of(frame.path))
            for names in places:
                if name in names:
                    if names is frame.names:
                        self.seen_outside(frame, name, grown)
                    else:
                        self.state += 1
                    names[name] = grown
                    break
            if frame.closure is not None and name in _arguments(frame.closure.node):
                self.written(before, value)
        elif isinstance(holder, ast.Attribute):
            owner = self.evaluate(holder.value, frame)
            for item in owner.of(Sort.INSTANCE):
                self.store(item, holder.attr, grown)
            if not owner.known:
                self.leaves(value)
        elif isinstance(holder, ast.Subscript):
            self.grow(holder.value, value, frame)

    def written(self, holder: Value, value: Value) -> None:
        """Into something that the caller gave: it may go on from there."""
        self.leaves(value)


def _arguments(node: ast.AST) -> set[str]:
    given = getattr(node, "args", None)
    if not isinstance(given, ast.arguments):
        return set()
    return {a.arg for a in [*given.posonlyargs, *given.args, *given.kwonlyargs]}
