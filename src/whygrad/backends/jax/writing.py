"""Writes staged functions out into a tape, for the person's lines that are in them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from whygrad.backends.jax.inside import body_of, opened
from whygrad.backends.jax.kinds import spelled
from whygrad.backends.jax.place import Seen, Sites
from whygrad.backends.jax.records import Constant, Noted, Record, of_equation
from whygrad.backends.jax.versions import where_written
from whygrad.flow.graph import Barrier
from whygrad.runtime.callsite import PERSON

if TYPE_CHECKING:
    from whygrad.backends.jax.tape import Tape

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
    file = file_of(body)
    return bool(file) and sites.callsites.kind(file) == PERSON


def file_of(function: Any) -> str:
    """Where JAX says that a staged or wrapped function was written; empty where it does not."""
    said = where_written(function)
    return said.rpartition(" at ")[2].rpartition(":")[0]


class Writing:
    """Writes a staged function out, for the lines in it."""

    def __init__(self, tape: Tape, outer: Seen) -> None:
        self.tape = tape
        self.outer = outer

    def run(self, eqn: Any, sources: Sequence[int | None]) -> list[int | None]:
        """Write one equation out; gives the values of its results."""
        name = eqn.primitive.name
        if name in ("cond", "scan"):
            return self._as_whole(eqn, sources)
        if name == "while":
            return self._plain(eqn, sources)
        body = body_of(eqn)
        return self._body(body, sources)

    def _as_whole(self, eqn: Any, sources: Sequence[int | None]) -> list[int | None]:
        """Written out for the lines in it, and kept as one op, which is how it can run again."""
        records, name = self.tape.records, str(eqn.primitive.name)
        first = len(records)
        written = self._cond(eqn, sources) if name == "cond" else self._scan(eqn, sources)
        results = [
            self.tape.graph.add_value()
            if value is None
            else self._joined(name, [value])
            if value in sources
            else value
            for value in written
        ]
        for record in records[first:]:
            record.inner = True
        given = [
            _constant(eqn, place) if source is None else source
            for place, source in enumerate(sources)
        ]
        noted = Noted(name, name, self.outer.site)
        act = of_equation(eqn)
        records.append(Record(noted, given, results, (), act, eqn.params, whole=True))
        return list(results)

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
        targets = [tape.graph.add_value() for _ in eqn.outvars]
        given = [
            Constant(var.val) if source is None and hasattr(var, "val") else source
            for var, source in zip(eqn.invars, sources, strict=True)
        ]
        edges = tuple(tape.inside.edges(eqn))
        noted = Noted(spelled(str(name)), eqn.primitive.name, site)
        tape.records.append(Record(noted, given, targets, edges, of_equation(eqn), eqn.params))
        return list(targets)

    def _join(self, name: str, ways: Sequence[Sequence[int | None]]) -> list[int | None]:
        """Values that come from one of several places."""
        joined: list[int | None] = []
        for sources in zip(*ways, strict=True):
            known = [source for source in sources if source is not None]
            joined.append(self._joined(name, known) if known else None)
        return joined

    def _joined(self, name: str, sources: list[int]) -> int:
        target = self.tape.graph.add_value()
        edges = tuple((place, 0, Barrier.NONE) for place in range(len(sources)))
        noted = Noted(name, name, self.outer.site)
        self.tape.records.append(Record(noted, list(sources), [target], edges, None, {}))
        return target

    def _cond(self, eqn: Any, sources: Sequence[int | None]) -> list[int | None]:
        branches = [opened(branch) for branch in eqn.params["branches"]]
        ways = [self._body(branch, sources[1:]) for branch in branches]
        index = sources[0]
        if index is not None:
            # What decides between them is read, and no gradient is of it.
            ways.append([index] * len(ways[0]))
        return self._join("cond", ways)

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


def _constant(eqn: Any, place: int) -> Constant | None:
    """An operand that is no value of the tape."""
    var = eqn.invars[place]
    if hasattr(var, "val"):
        return Constant(var.val)
    return Constant(eqn.values[place]) if hasattr(eqn, "values") else None
