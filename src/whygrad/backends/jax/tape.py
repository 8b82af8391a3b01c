"""What one differentiated function did: a flow graph, written while JAX traces or runs it.

Values are known by identity, and are kept alive until the function has returned and no longer.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from whygrad.backends.jax.barriers import is_array, is_floating
from whygrad.backends.jax.inside import Inside, body_of, opened
from whygrad.backends.jax.kinds import kind_of, spelled
from whygrad.backends.jax.place import Seen, Sites
from whygrad.flow.graph import Barrier, FlowGraph, Op
from whygrad.runtime.callsite import PERSON

MOST = 400_000
"""A graph with more edges than this is not written to its end."""


class Noted(NamedTuple):
    """An op whose place is still to be worked out."""

    name: str
    primitive: str
    site: int
    detail: str | None = None


class Tape:
    """One call of a function under `jax.grad` and the like."""

    def __init__(self, sites: Sites, inside: Inside) -> None:
        self.sites = sites
        self.inside = inside
        self.ops: list[Noted] = []
        self.graph = FlowGraph()
        self.blind: dict[str, None] = {}
        self._numbers: dict[int, tuple[Any, int]] = {}

    # -- values

    def value_of(self, thing: Any) -> int | None:
        """The number of a value that some op read or made, or None."""
        known = self._numbers.get(id(thing))
        return None if known is None else known[1]

    def number(self, thing: Any) -> int | None:
        """The number of a value, from now on if it is new; None for what is no array."""
        known = self._numbers.get(id(thing))
        if known is not None:
            return known[1]
        return self._new(thing) if is_array(thing) else None

    def _new(self, thing: Any) -> int:
        value = self.graph.add_value()
        self._numbers[id(thing)] = thing, value
        return value

    # -- ops

    def op(self, primitive: Any, operands: Sequence[Any], results: Sequence[Any], params: Any,
           seen: Seen) -> None:  # fmt: skip
        """A primitive ran, or was staged."""
        if len(self.graph.sources) > MOST:
            self.graph.complete = False
            return
        eqn = _Equation(primitive, operands, results, params)
        sources = [self.number(each) for each in operands]
        if self._opens(eqn):
            opened_to = Staged(self, seen).run(eqn, sources)
            for each, value in zip(results, opened_to, strict=True):
                self._numbers[id(each)] = each, self._outcome(value)
            return
        name = seen.name or params.get("name") or ""
        op = self.add(Noted(spelled(str(name or primitive.name)), primitive.name, seen.site))
        targets = [self._new(each) for each in results]
        for operand, result, found in self.inside.edges(eqn):
            source = sources[operand]
            if source is not None:
                found = found or self._seen_lost(operands[operand], results[result])
                self.graph.add_edge(source, targets[result], op, found)

    def _outcome(self, value: int | None) -> int:
        return self.graph.add_value() if value is None else value

    def _seen_lost(self, source: Any, target: Any) -> Barrier:
        """JAX itself shows it: what carries a derivative is no plain value."""
        if is_floating(source) and alive(source) and is_floating(target) and not alive(target):
            return Barrier.UNEXPLAINED
        return Barrier.NONE

    def custom(
        self, name: str, operands: Sequence[Any], results: Sequence[Any], seen: Seen
    ) -> None:
        """A function with a derivative of its own ran."""
        if len(self.graph.sources) > MOST:
            self.graph.complete = False
            return
        sources = [self.number(each) for each in operands]
        op = self.add(Noted(spelled(seen.name or name), name, seen.site))
        for each in results:
            target = self._new(each)
            for source, operand in zip(sources, operands, strict=True):
                if source is not None:
                    self.graph.add_edge(source, target, op, _of_custom(operand, each))

    def add(self, noted: Noted) -> int:
        """Keep an op; its edges come after it."""
        self.ops.append(noted)
        return len(self.ops) - 1

    def _opens(self, eqn: Any) -> bool:
        """Whether the person's own lines are inside."""
        return opens(eqn, self.sites)

    def freeze(self) -> FlowGraph:
        """Work out the places, and let go of every value."""
        callsites = self.sites.callsites
        for noted in self.ops:
            place = callsites.resolve(noted.site, noted.name)
            kind = kind_of(noted.name, noted.primitive)
            self.graph.add_op(Op(noted.name, place, None, noted.detail, None, kind))
        self._numbers.clear()
        return self.graph


class _Equation(NamedTuple):
    """What ran, in the form of an equation of a jaxpr."""

    primitive: Any
    values: Sequence[Any]
    results: Sequence[Any]
    params: Any

    @property
    def invars(self) -> list[Any]:
        return [_Aval(each) for each in self.values]

    @property
    def outvars(self) -> list[Any]:
        return [_Aval(each) for each in self.results]


class _Aval(NamedTuple):
    aval: Any


def alive(value: Any) -> bool:
    """Whether it carries a derivative: JAX wraps what does, and leaves the rest as it is."""
    return hasattr(value, "tangent")


def _of_custom(source: Any, target: Any) -> Barrier:
    if not is_floating(source):
        return Barrier.NONE
    if not is_floating(target):
        return Barrier.NOT_DIFFERENTIABLE
    return Barrier.CUSTOM_GRADIENT if alive(source) and not alive(target) else Barrier.NONE


_CONTROL = frozenset(("scan", "while", "cond"))


def opens(eqn: Any, sites: Sites) -> bool:
    """Whether an equation is written out: control flow, and functions that a person staged."""
    if eqn.primitive.name in _CONTROL:
        return True
    body = body_of(eqn)
    if body is None or eqn.primitive.name.startswith("custom"):
        return False
    if eqn.primitive.name in ("remat", "remat2", "checkpoint"):
        return True
    info = getattr(body, "debug_info", None)
    said = str(getattr(info, "func_src_info", "") or "")
    file = said.rpartition(" at ")[2].rpartition(":")[0]
    return bool(file) and sites.callsites.kind(file) == PERSON


class Staged:
    """Writes a staged function out, for the lines in it."""

    def __init__(self, tape: Tape, outer: Seen) -> None:
        self.tape = tape
        self.outer = outer

    def run(self, eqn: Any, sources: Sequence[int | None]) -> list[int | None]:
        """Write one equation out; gives the values of its results."""
        name = eqn.primitive.name
        if name == "cond":
            return self._cond(eqn, sources)
        if name == "scan":
            return self._scan(eqn, sources)
        if name == "while":
            return self._plain(eqn, sources)
        body = body_of(eqn)
        return self._body(body, sources)

    def _body(self, jaxpr: Any, sources: Iterable[int | None]) -> list[int | None]:
        known: dict[Any, int | None] = dict(zip(jaxpr.invars, sources, strict=False))
        for eqn in jaxpr.eqns:
            inputs = [None if hasattr(v, "val") else known.get(v) for v in eqn.invars]
            if opens(eqn, self.tape.sites):
                outputs = self.run(eqn, inputs)
            else:
                outputs = self._plain(eqn, inputs)
            known.update(zip(eqn.outvars, outputs, strict=True))
        return [None if hasattr(v, "val") else known.get(v) for v in jaxpr.outvars]

    def _plain(self, eqn: Any, sources: Sequence[int | None]) -> list[int | None]:
        tape = self.tape
        seen = tape.sites.stored(eqn) if hasattr(eqn, "source_info") else self.outer
        site = seen.site or self.outer.site
        name = seen.name or eqn.params.get("name") or eqn.primitive.name
        op = tape.add(Noted(spelled(str(name)), eqn.primitive.name, site))
        targets: list[int | None] = [tape.graph.add_value() for _ in eqn.outvars]
        for operand, result, found in tape.inside.edges(eqn):
            source, target = sources[operand], targets[result]
            if source is not None and target is not None:
                tape.graph.add_edge(source, target, op, found)
        return targets

    def _join(self, name: str, ways: Sequence[Sequence[int | None]]) -> list[int | None]:
        """Values that come from one of several places."""
        op = self.tape.add(Noted(name, name, self.outer.site))
        joined: list[int | None] = []
        for sources in zip(*ways, strict=True):
            known = [source for source in sources if source is not None]
            target = self.tape.graph.add_value() if known else None
            for source in known:
                assert target is not None
                self.tape.graph.add_edge(source, target, op)
            joined.append(target)
        return joined

    def _cond(self, eqn: Any, sources: Sequence[int | None]) -> list[int | None]:
        branches = [opened(branch) for branch in eqn.params["branches"]]
        ways = [self._body(branch, sources[1:]) for branch in branches]
        joined = self._join("cond", ways)
        index = sources[0]
        if index is not None:
            op = self.tape.add(Noted("cond", "cond", self.outer.site))
            for target in joined:
                if target is not None:
                    self.tape.graph.add_edge(index, target, op)
        return joined

    def _scan(self, eqn: Any, sources: Sequence[int | None]) -> list[int | None]:
        """A loop's body is written out often enough for what goes round to have come by."""
        params = eqn.params
        jaxpr = opened(params["jaxpr"])
        fixed, carried = params["num_consts"], params["num_carry"]
        constants, carry, rest = (
            sources[:fixed],
            sources[fixed:][:carried],
            sources[fixed + carried :],
        )
        rounds = max(1, min(params["length"], 1 + carried, 3))
        stacked = []
        for _ in range(rounds):
            outcome = self._body(jaxpr, [*constants, *carry, *rest])
            carry = outcome[:carried]
            stacked.append(outcome[carried:])
        return [*carry, *self._join("scan", stacked)]
