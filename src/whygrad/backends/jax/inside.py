"""What becomes of gradient inside a function that JAX staged: from which operand to which result.

A function of a library is one op to a person (`where`, `round`), whatever it consists of.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from whygrad.backends.jax.barriers import CUSTOM, barrier, is_floating
from whygrad.flow.graph import Barrier

Ways = Mapping[int, Barrier]
"""Operand to the barrier on its way here; an operand without influence is absent."""

_BODIES: Final = ("jaxpr", "call_jaxpr", "fun_jaxpr")
_LOOPS: Final = frozenset(("scan", "while"))
_CALLS: Final = frozenset(
    ("jit", "pjit", "closed_call", "core_call", "remat", "remat2", "checkpoint", "xla_call")
)


def body_of(eqn: Any) -> Any:
    """The one function that an equation calls with its own operands; None where it calls none."""
    if eqn.primitive.name not in _CALLS and eqn.primitive.name not in CUSTOM:
        return None
    return next((opened(eqn.params[key]) for key in _BODIES if key in eqn.params), None)


def opened(jaxpr: Any) -> Any:
    """Without the constants that may be bound to it."""
    return getattr(jaxpr, "jaxpr", jaxpr)


class Inside:
    """Answers are kept: a model calls the same functions again and again."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[Any, tuple[Ways, ...]]] = {}

    def ways(self, jaxpr: Any) -> tuple[Ways, ...]:
        """For each result, the operands that it is made of."""
        known = self._known.get(id(jaxpr))
        if known is None or known[0] is not jaxpr:
            known = self._known[id(jaxpr)] = jaxpr, self._walk(jaxpr)
        return known[1]

    def edges(self, eqn: Any) -> Iterator[tuple[int, int, Barrier]]:
        """Operand, result, barrier, of one equation."""
        body = body_of(eqn)
        custom = eqn.primitive.name in CUSTOM
        if body is not None and len(body.invars) == len(eqn.invars):
            for result, ways in enumerate(self.ways(body)):
                for operand, found in ways.items():
                    yield operand, result, self._custom(eqn, operand, found) if custom else found
            return
        for operand, source in enumerate(eqn.invars):
            for result, target in enumerate(eqn.outvars):
                if eqn.primitive.name in _LOOPS and not is_floating(target.aval):
                    found = Barrier.NONE if not is_floating(source.aval) else Barrier.INTEGER
                    yield operand, result, found
                    continue
                yield operand, result, barrier(eqn.primitive, operand, source.aval, target.aval)

    def _custom(self, eqn: Any, operand: int, found: Barrier) -> Barrier:
        """What is inside says nothing of a derivative that somebody wrote by hand."""
        floating = is_floating(eqn.invars[operand].aval) and is_floating(eqn.outvars[0].aval)
        return Barrier.NONE if floating else found

    def _walk(self, jaxpr: Any) -> tuple[Ways, ...]:
        known: dict[Any, dict[int, Barrier]] = {}
        for number, var in enumerate(jaxpr.invars):
            known[var] = {number: Barrier.NONE}
        for eqn in jaxpr.eqns:
            for operand, result, found in self.edges(eqn):
                source = eqn.invars[operand]
                if hasattr(source, "val") or source not in known:
                    continue  # a number written in the code, or a constant
                mine = known.setdefault(eqn.outvars[result], {})
                for origin, before in known[source].items():
                    new = before or found
                    if mine.get(origin) is not Barrier.NONE:
                        mine[origin] = new if new is Barrier.NONE else mine.get(origin, new)
        return tuple(
            {} if hasattr(var, "val") else dict(known.get(var, {})) for var in jaxpr.outvars
        )
