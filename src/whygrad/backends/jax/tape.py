"""What one differentiated function did: a flow graph, written while JAX traces or runs it.

Values are known by identity, and are kept alive until the function has returned and no longer.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from whygrad.backends.jax.barriers import is_array, is_floating
from whygrad.backends.jax.inside import Inside
from whygrad.backends.jax.kinds import kind_of, spelled
from whygrad.backends.jax.place import Seen, Sites
from whygrad.backends.jax.records import Act, Constant, Noted, Record, Step, grouped, of_primitive
from whygrad.backends.jax.writing import Writing, opens
from whygrad.flow.graph import Barrier, FlowGraph, Op

MOST = 400_000
"""A graph with more ops than this is not written to its end."""


class Tape:
    """One call of a function under `jax.grad` and the like."""

    def __init__(self, sites: Sites, inside: Inside) -> None:
        self.sites = sites
        self.inside = inside
        self.records: list[Record] = []
        self.graph = FlowGraph()
        self._calls: dict[int, tuple[Any, int]] = {}
        self._numbers: dict[int, tuple[Any, int]] = {}
        self._primals: dict[int, tuple[Any, int]] = {}
        """What values are without their derivatives: `stop_gradient` takes it out itself (0.9)."""

    # -- values

    def value_of(self, thing: Any) -> int | None:
        """The number of a value that some op read or made, or None."""
        known = self._numbers.get(id(thing))
        return None if known is None else known[1]

    def number(self, thing: Any) -> int | None:
        """The number of a value, from now on if it is new; None for what is no array."""
        known = self._numbers.get(id(thing)) or self._primals.get(id(thing))
        if known is not None:
            return known[1]
        return self._new(thing) if is_array(thing) else None

    def _new(self, thing: Any) -> int:
        value = self.graph.add_value()
        self._numbers[id(thing)] = thing, value
        primal = getattr(thing, "primal", None)
        if primal is not None:
            self._primals[id(primal)] = primal, value
        return value

    def _is_primal(self, thing: Any) -> bool:
        return id(thing) not in self._numbers and id(thing) in self._primals

    # -- ops

    def op(self, primitive: Any, operands: Sequence[Any], results: Sequence[Any], params: Any,
           seen: Seen) -> None:  # fmt: skip
        """A primitive ran, or was staged."""
        if len(self.records) > MOST:
            self.graph.complete = False
            return
        eqn = _Equation(primitive, operands, results, params)
        bare = [self._is_primal(each) for each in operands]
        sources = [self.number(each) for each in operands]
        if opens(eqn, self.sites):
            opened_to = Writing(self, seen).run(eqn, sources)
            for each, value in zip(results, opened_to, strict=True):
                self._numbers[id(each)] = each, self._outcome(value)
            return
        name = seen.name or params.get("name") or ""
        noted = Noted(spelled(str(name or primitive.name)), primitive.name, seen.site)
        edges = tuple(
            (
                operand,
                result,
                found or self._seen_lost(operands[operand], results[result], bare=bare[operand]),
            )
            for operand, result, found in self.inside.edges(eqn)
        )
        act = of_primitive(primitive, params)
        self._keep(noted, sources, operands, results, edges, act, params, seen)

    def _keep(
        self,
        noted: Noted,
        sources: Sequence[int | None],
        operands: Sequence[Any],
        results: Sequence[Any],
        edges: tuple[tuple[int, int, Barrier], ...],
        act: Act | None,
        params: Any,
        seen: Seen,
    ) -> None:
        given = [
            Constant(operand) if source is None else source
            for source, operand in zip(sources, operands, strict=True)
        ]
        targets = [self._new(each) for each in results]
        call = self._call(seen)
        self.records.append(Record(noted, given, targets, edges, act, params, call))

    def _call(self, seen: Seen) -> int:
        """A number for the call of a function of Keras' that ran the op; 0 where there is none.

        A frame is kept until the function has returned, so that no other gets its id.
        """
        if seen.call is None:
            return 0
        return self._calls.setdefault(id(seen.call), (seen.call, len(self._calls) + 1))[1]

    def _outcome(self, value: int | None) -> int:
        return self.graph.add_value() if value is None else value

    def _seen_lost(self, source: Any, target: Any, *, bare: bool) -> Barrier:
        """JAX itself shows it: what carries a derivative is no plain value."""
        lost = bare or (alive(source) and not alive(target))
        if lost and is_floating(source) and is_floating(target):
            return Barrier.UNEXPLAINED
        return Barrier.NONE

    def custom(
        self,
        name: str,
        operands: Sequence[Any],
        results: Sequence[Any],
        seen: Seen,
        act: Act | None = None,
    ) -> None:
        """A function with a derivative of its own ran."""
        if len(self.records) > MOST:
            self.graph.complete = False
            return
        sources = [self.number(each) for each in operands]
        noted = Noted(spelled(seen.name or name), name, seen.site)
        edges = tuple(
            (place, result, _of_custom(operand, each))
            for result, each in enumerate(results)
            for place, operand in enumerate(operands)
        )
        self._keep(noted, sources, operands, results, edges, act, {}, seen)

    def leaves(self) -> dict[int, Any]:
        """The values that no op made, as they are outside of the differentiated function."""
        made = {value for record in self.records for value in record.results}
        return {
            value: getattr(thing, "primal", thing)
            for thing, value in self._numbers.values()
            if value not in made
        }

    def freeze(self, kept: Collection[int]) -> tuple[FlowGraph, list[Step]]:
        """Work out the places, and let go of every value. `kept` are values to be told of."""
        callsites = self.sites.callsites
        graph, steps = self.graph, []
        for record in grouped(self.records, {*kept, *graph.losses}):
            if record.whole:
                steps.append(Step(-1, record, {}))
                continue
            noted = record.noted
            place = callsites.resolve(noted.site, noted.name)
            kind = kind_of(noted.name, noted.primitive)
            op = graph.add_op(Op(noted.name, place, None, noted.detail, None, kind))
            numbers: dict[tuple[int, int], int] = {}
            for operand, result, found in record.edges:
                source = record.operands[operand]
                if not isinstance(source, Constant) and source is not None:
                    number = graph.add_edge(source, record.results[result], op, found)
                    numbers[operand, result] = number
            steps.append(Step(op, record, numbers))
        self._numbers.clear()
        self._primals.clear()
        self._calls.clear()
        self.records = []
        return graph, steps


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
