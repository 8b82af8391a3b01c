"""What names mean: inside functions, at the top of files, over imports; when that changes."""

from __future__ import annotations

import ast
from typing import Final

from whygrad.source.classes.resolve import Sort as Means
from whygrad.source.classes.resolve import Symbol, resolve
from whygrad.source.dataflow.machine import Machine
from whygrad.source.dataflow.record import Frame
from whygrad.source.dataflow.values import UNKNOWN, Closure, Object, Sort, Value, joined
from whygrad.source.module import Function

_LONGEST: Final = 6
"""Dots in the name of something of a library."""


class Names(Machine):
    """See `Machine`."""

    def name(self, name: str, frame: Frame) -> Value:
        """What a plain name is."""
        if name in frame.names and name not in frame.globals:
            return frame.names[name]
        self.outer.add(name)
        for around in frame.around:
            if name in around:
                return around[name]
        top = self.tops.get(frame.path)
        if top is not None and name in top:
            return top[name]
        return self.global_name(frame.path, name)

    def global_name(self, path: str, name: str) -> Value:
        """A name at the top level of a file that was not run, or a builtin."""
        key = ("dataflow", path, name)
        known = self.names.get(key)
        if known is None:
            known = self.names[key] = self._of_file(path, name)
        return known

    def _of_file(self, path: str, name: str) -> Value:
        facts = self.project.facts(path)
        meanings = facts.bindings.get(name) if facts is not None else None
        if meanings and all(m[:1] not in "=@?." and m != "None" for m in meanings):
            several = [self._absolute(path, meaning) for meaning in meanings]
            return joined(several) if len(several) == 1 else UNKNOWN
        symbols = resolve(self.project, path, name)
        if symbols is None or len(symbols) != 1:
            return UNKNOWN
        return self._symbol(symbols[0])

    def imported(self, meaning: str, frame: Frame) -> Value:
        """What an import inside a function binds."""
        return self._absolute(frame.path, meaning)

    def _absolute(self, path: str, meaning: str) -> Value:
        dots = len(meaning) - len(meaning.lstrip("."))
        parts = meaning[dots:].split(".") if meaning[dots:] else []
        for size in range(len(parts), -1 if dots else 0, -1):
            target = self.project.layout.own(path, "." * dots + ".".join(parts[:size]))
            if target is not None:
                value = Value(objects=frozenset({Object(Sort.FILE, target)}), known=True)
                for part in parts[size:]:
                    value = joined([self.member(o, part) for o in value.objects])
                return value
        if dots:
            return UNKNOWN
        return Value(objects=frozenset({Object(Sort.LIBRARY, meaning)}), known=True)

    def member(self, item: Object, name: str) -> Value:
        """A name of a module of the project or of a library."""
        if item.sort is Sort.LIBRARY:
            if item.name.count(".") > _LONGEST:
                return UNKNOWN  # `node = node.next` in a loop
            return Value(
                objects=frozenset({Object(Sort.LIBRARY, f"{item.name}.{name}")}), known=True
            )
        top = self.tops.get(item.name)
        self.outer.add(name)
        if top is not None and name in top:
            return top[name]
        return self.global_name(item.name, name)

    def _symbol(self, symbol: Symbol) -> Value:
        own = bool(symbol.path) and self.project.is_own(symbol.path)
        if symbol.sort is Means.MODULE:
            item = Object(Sort.FILE if own else Sort.LIBRARY, symbol.path if own else symbol.name)
            return Value(objects=frozenset({item}), known=True)
        if symbol.sort is Means.OUTSIDE or not own:
            item = Object(Sort.LIBRARY, symbol.name)
            return Value(objects=frozenset({item}), known=True)
        if symbol.sort is Means.CLASS:
            item = Object(Sort.CLASS, f"{symbol.path}:{symbol.qualname}")
            return Value(objects=frozenset({item}), known=True)
        module = self.project.module(symbol.path)
        scope = module.scope(symbol.qualname) if module is not None else None
        if module is None or scope is None or not isinstance(scope.node, Function):
            return UNKNOWN
        closure = self.closure_of(scope.node, Frame(module, symbol.path, {}))
        item = Object(Sort.FUNCTION, symbol.qualname, None, (), closure)
        return Value(objects=frozenset({item}), known=True)

    def seen_outside(self, frame: Frame, name: str, value: Value) -> None:
        """A name is about to change: functions may read it, where it is at the top of a file."""
        if frame.closure is None or name in frame.globals:
            self.moved += 1
            self.state += name in self.outer and frame.names.get(name) != value

    def all_seen_outside(self, frame: Frame, before: dict[str, Value]) -> None:
        """The same of all names, which were others before."""
        if frame.closure is None:
            self.moved += 1
            names = frame.names
            self.state += any(
                (now := names.get(n)) is not (old := before.get(n)) and now != old
                for n in self.outer
            )

    def top_of(self, path: str) -> dict[str, Value]:
        """The names at the top level of a file that was run."""
        return self.tops.setdefault(path, {})

    def closure_of(self, node: Function | ast.Lambda, frame: Frame) -> Closure:
        """The closure of a function that is defined where `frame` is."""
        known = self.closures.get(id(node))
        around = (frame.names, *frame.around) if frame.closure is not None else ()
        if known is None or known.around[:1] != around[:1]:
            known = Closure(frame.module, frame.path, node, around)
            self.closures[id(node)] = known
        return known
