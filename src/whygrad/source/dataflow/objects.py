"""Objects of the project's classes: their methods and attributes, over files and bases."""

from __future__ import annotations

import ast
import re
from abc import abstractmethod
from typing import Final

from whygrad.source.attributes import methods
from whygrad.source.classes.bases import Known, Lineage, lineage
from whygrad.source.classes.known import Base
from whygrad.source.dataflow.names import Names
from whygrad.source.dataflow.record import Frame, Happened
from whygrad.source.dataflow.values import (
    NOTHING,
    UNKNOWN,
    Closure,
    Object,
    Site,
    Sort,
    Value,
    joined,
    number_of,
)
from whygrad.source.expressions import dotted

_NESTING: Final = 3
_STATE: Final = "flax.training.train_state.TrainState"
_DATACLASSES: Final = (Base.LINEN, Base.EQUINOX)  # and what derives from these
_PROPERTIES: Final = ("property", "cached_property", "functools.cached_property")


class Objects(Names):
    """See `Machine`."""

    # -- classes

    def lineage_of(self, item: Object) -> Lineage | None:
        """The class of an object with its bases."""
        path, _, qualname = item.name.partition(":")
        return lineage(self.project, path, qualname)

    def is_model(self, item: Object) -> bool:
        """Whether it is a PyTorch module."""
        line = self.lineage_of(item)
        return line is not None and line.is_a(Base.TORCH) is True

    def itself(self, item: Object) -> list[Value]:
        """An object as the first argument of its methods."""
        return [Value(objects=frozenset({item}), known=True)]

    def method_of(
        self, item: Object, name: str, *, after: tuple[str, str] | None = None
    ) -> tuple[Closure, bool] | None:
        """A method of an object's class, and whether it is a property. With `after`, the next one
        behind that class.
        """
        key = ("method", item.name, name, after)
        if key not in self.looked_up:
            self.looked_up[key] = self._method(item, name, after)
        return self.looked_up[key]

    def _method(
        self, item: Object, name: str, after: tuple[str, str] | None
    ) -> tuple[Closure, bool] | None:
        line = self.lineage_of(item)
        classes = list(line.classes) if line is not None else []
        if after is not None:
            places = [i for i, k in enumerate(classes) if (k.path, k.facts.qualname) == after]
            classes = classes[places[0] + 1 :] if places else []
        for known in classes:
            if not any(m.name == name for m in known.facts.methods):
                continue
            if not self.project.is_own(known.path):
                return None
            return self._closure_in(known, name)
        return None

    def _closure_in(self, known: Known, name: str) -> tuple[Closure, bool] | None:
        module = self.project.module(known.path)
        cls = module.class_named(known.facts.qualname) if module is not None else None
        if module is None or cls is None:
            return None
        named = [m for m in methods(cls) if m.name == name]
        if not named:
            return None
        node = named[-1]
        plain = [dotted(d) or "" for d in node.decorator_list]
        if any(p.endswith((".setter", ".deleter")) for p in plain):
            node = named[0]
            plain = [dotted(d) or "" for d in node.decorator_list]
        owner = (known.path, known.facts.qualname)
        closure = Closure(module, known.path, node, (), owner)
        return closure, any(p in _PROPERTIES for p in plain)

    def class_attribute(self, item: Object, name: str) -> Value | None:
        """A name in the body of a class or its bases; None where it has none."""
        line = self.lineage_of(item)
        for known in line.classes if line is not None else ():
            if any(m.name == name for m in known.facts.methods):
                found = self._closure_in(known, name) if self.project.is_own(known.path) else None
                if found is None:
                    return UNKNOWN
                function = Object(Sort.FUNCTION, name, None, (), found[0])
                return Value(objects=frozenset({function}), known=True)
            if any(s.attribute == name and not s.method for s in known.facts.stores):
                return self._fixed(known, name)
        if line is not None and self._is_state(line):
            return Value(objects=frozenset({Object(Sort.LIBRARY, f"{_STATE}.{name}")}), known=True)
        if line is not None and any(o.startswith("torch.autograd.") for o in line.outside):
            applied = self.autograd_function(item) if name == "apply" else None
            if applied is not None:
                return applied
            above = Object(Sort.LIBRARY, f"torch.{name}")
            return Value(objects=frozenset({above}), known=True)
        return None

    def _is_state(self, line: Lineage) -> bool:
        """Whether a class is the person's own `TrainState` of Flax."""
        for known in line.classes:
            facts = self.project.facts(known.path)
            for base in known.facts.bases if facts is not None else ():
                head, dot, rest = base.partition(".")
                meanings = facts.bindings.get(head, ()) if facts is not None else ()
                if any(f"{meaning}{dot}{rest}" == _STATE for meaning in meanings):
                    return True
        return False

    def _fixed(self, known: Known, name: str) -> Value:
        module = self.project.module(known.path)
        cls = module.class_named(known.facts.qualname) if module is not None else None
        for statement in cls.body if cls is not None and module is not None else ():
            targets = statement.targets if isinstance(statement, ast.Assign) else []
            if isinstance(statement, ast.AnnAssign):
                targets = [statement.target]
            if any(isinstance(t, ast.Name) and t.id == name for t in targets):
                value = getattr(statement, "value", None)
                if value is None:
                    return UNKNOWN
                assert module is not None
                return self.evaluate(value, Frame(module, known.path, {}))
        return UNKNOWN

    def instantiate(
        self, item: Object, args: list[Value], named: dict[str, Value], site: Site
    ) -> Value:
        """`Net(...)`: the object, after its constructor has run."""
        line = self.lineage_of(item)
        if line is None:
            return UNKNOWN
        if any(_is_optimizer(name) for name in line.outside):
            return self.optimizer(item.name.rpartition(":")[2], args, named, site)
        if line.is_a(Base.TORCH) is None and not self.method_of(item, "__init__"):
            for value in (*args, *named.values()):
                self.leaves(value, unknown=True)
            return UNKNOWN
        if self.base_of(item) is not None and self._defined_twice(item):
            return self.unknown_call(NOTHING, args, named, site)
        around = self.making[-1] if self.making else None
        inside = (around.site, *around.inside)[:_NESTING] if around and around.site else ()
        made = Object(Sort.INSTANCE, item.name, site, inside)
        self.construct(made, args, named)
        base = self.base_of(made)
        if base is not None:
            self.set_up(made, "setup" if base is Base.LINEN else "build")
        return Value(objects=frozenset({made}), known=True)

    def _defined_twice(self, item: Object) -> bool:
        """Whether several classes of a file go by that name, as in a tutorial."""
        path, _, qualname = item.name.partition(":")
        module = self.project.module(path)
        return module is not None and sum(s.qualname == qualname for s in module.scopes) > 1

    def set_up(self, made: Object, name: str) -> None:
        """What Keras calls before the first call of a layer, and Flax before every one."""
        method = self.method_of(made, name)
        if method is None:
            return
        count = len(method[0].node.args.args) - 1
        self.making.append(made)
        try:
            self.call_closure(method[0], [*self.itself(made), *[UNKNOWN] * count], {})
        finally:
            self.making.pop()

    @abstractmethod
    def autograd_function(self, item: Object) -> Value | None:
        """`apply` of a class with a `forward` and a `backward` of its own."""

    @abstractmethod
    def base_of(self, item: Object) -> Base | None:
        """The base of another framework than PyTorch that a class has."""

    def construct(self, made: Object, args: list[Value], named: dict[str, Value]) -> None:
        """Run the constructor of an object."""
        method = self.method_of(made, "__init__")
        if method is None:
            self._fields(made, args, named)
            return
        self.making.append(made)
        try:
            self.call_closure(method[0], [*self.itself(made), *args], named)
        finally:
            self.making.pop()

    def _fields(self, made: Object, args: list[Value], named: dict[str, Value]) -> None:
        """A class without a constructor: a dataclass, or one whose base takes everything."""
        line = self.lineage_of(made)
        if line is None:
            return
        every = self.base_of(made) in _DATACLASSES
        fields = [
            s.attribute
            for k in reversed(line.classes)
            for s in k.facts.stores
            if not s.method and (every or any("dataclass" in d for d in k.facts.decorators))
        ]
        for name, value in zip(fields, args, strict=False):
            self.store(made, name, value)
        for name, value in named.items():
            self.store(made, name, value)
        if not fields and args:
            self.store(made, "*", joined(args))

    # -- what others offer

    def optimizer(self, name: str, args: list[Value], named: dict[str, Value], site: Site) -> Value:
        """An optimizer is built over what it is given."""
        given = args[0] if args else named.get("params", NOTHING)
        made = Object(Sort.OPTIMIZER, name, site)
        whole = self.everything(given)
        self._emptied(given, made, site)
        rate = named.get("lr", args[1] if len(args) > 1 else NOTHING)
        if number_of(rate) == 0:
            self.note(Happened.NO_RATE, site, whole, made, "given")
        self._rates(given, made, site)
        self.note(Happened.BUILT, site, whole, made)
        for flow in whole.flows:
            if flow.cut is None:
                self.found.held.setdefault(flow.root, set()).add(made)
        self.exhaust_all(given)
        return Value(objects=frozenset({made}), known=True)

    def _emptied(self, given: Value, made: Object, site: Site) -> None:
        """Generators among what an optimizer gets that have given all their items."""
        todo = [given]
        for value in todo:
            if value.parts:
                todo += [v for _, v in value.parts]
            elif any(o in self.empty for o in value.of(Sort.GENERATOR)):
                self.note(Happened.EMPTY, site, value, made)

    def _rates(self, given: Value, made: Object, site: Site) -> None:
        """A group whose rate is computed and comes out as zero. (One written as 0 is meant so.)"""
        for _, group in given.parts:
            rate, params = group.part("lr"), group.part("params")
            if rate is None or params is None or number_of(rate) != 0:
                continue
            if not self.written_zero(site):
                self.note(Happened.NO_RATE, site, self.everything(params), made, "group")

    def written_zero(self, site: Site) -> bool:
        """Whether a rate of 0 is written in the call itself."""
        module = self.project.module(site.path)
        lines = module.lines[site.line - 1 : site.end_line] if module is not None else []
        return re.search(r"[\"']lr[\"']\s*:\s*0(?:\.0*)?\s*[,}]", "".join(lines)) is not None

    def exhaust(self, item: Object) -> None:
        """A generator has given all its items."""
        if item.site is not None and item not in self.empty and not self.conditional:
            self.empty.add(item)

    def exhaust_all(self, value: Value) -> None:
        """Whatever reads the value reads its generators to the end."""
        for item in value.of(Sort.GENERATOR):
            self.exhaust(item)


def _is_optimizer(name: str) -> bool:
    return name.startswith("torch.optim.") and name.rpartition(".")[2] in (
        "Optimizer", "SGD", "Adam", "AdamW", "RMSprop",
    )  # fmt: skip
