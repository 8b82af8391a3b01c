"""A differentiated function run again with changes, as `flow.replaying` tells them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import jax.numpy as jnp

from whygrad.backends.jax.again import Again
from whygrad.backends.jax.barriers import is_floating
from whygrad.backends.jax.moving import (
    FACTORS,
    LEFT_OUT,
    REVIVED,
    fitted,
    safe,
    shifted,
    without_zeros,
)
from whygrad.backends.jax.records import Constant, Step
from whygrad.backends.shared.kept import reachable
from whygrad.flow.graph import FlowGraph
from whygrad.flow.replaying import CannotReplayError, Change, ChangeKind

_REFUSED: Final = {
    ChangeKind.KEEP: "JAX keeps no gradients that could be cleared",
    ChangeKind.WIDEN: "a step of JAX is not run again in another dtype",
}


class Changed(Again):
    """Numbers of the forward change where a change says so, else only ways of the gradient."""

    def __init__(
        self,
        graph: FlowGraph,
        steps: Sequence[Step],
        leaves: Mapping[int, Any],
        changes: Sequence[Change],
    ) -> None:
        super().__init__(steps, leaves)
        self.graph = graph
        self._within = {step.op for step in steps if step.record.inner}
        reachable(graph, changes)
        chosen = {kind: _of(changes, kind) for kind in ChangeKind}
        for change in changes:
            if change.kind in _REFUSED:
                raise CannotReplayError(_REFUSED[change.kind])
        self._opened = self._by_op(chosen[ChangeKind.OPEN])
        self._bypassed = self._by_op(chosen[ChangeKind.BYPASS])
        self._revived = self._by_op(chosen[ChangeKind.REVIVE])
        self._safe = self._by_op(chosen[ChangeKind.SAFE])
        self._through_integers = bool(self._opened)
        for op, sources in list(self._revived.items()):
            shape = graph.ops[op].kind
            if shape not in REVIVED and shape not in FACTORS:
                # These let all through; where no numbers would help, what arrives is handed on.
                self._bypassed.setdefault(op, set()).update(sources)
        for value in (v for c in changes if c.kind is ChangeKind.SHIFT for v in c.values):
            if not is_floating(self.values.get(value)):
                raise CannotReplayError("an integer cannot be changed by a hundredth")
            self.values[value] = shifted(self.values[value])

    def _by_op(self, edges: set[int]) -> dict[int, set[int]]:
        found: dict[int, set[int]] = {}
        for edge in edges:
            op = self.graph.edge_ops[edge]
            if op in self._within:
                raise CannotReplayError(
                    "it is in a loop or a branch, which is run again as a whole"
                )
            found.setdefault(op, set()).add(self.graph.sources[edge])
        return found

    def _given(self, step: Step) -> list[Any]:
        given = super()._given(step)
        if step.record.whole:
            return given
        kind = self.graph.ops[step.op].kind
        revived, kept_off = self._revived.get(step.op, set()), self._safe.get(step.op, set())
        for place, operand in enumerate(step.record.operands):
            mine = not isinstance(operand, Constant) and operand in revived
            if not isinstance(operand, Constant) and operand in kept_off:
                given[place] = safe(given[place], kind)
            elif mine and kind in REVIVED:
                given[place] = REVIVED[kind](given[place])
            elif revived and kind in FACTORS and (len(revived) > 1 or not mine):
                given[place] = without_zeros(given[place])
        return given

    def _results(self, step: Step, given: Sequence[Any]) -> Sequence[Any]:
        if (
            step.op in self._revived
            and not step.record.whole
            and self.graph.ops[step.op].kind in LEFT_OUT
        ):
            return [given[0]]
        return super()._results(step, given)

    def _way(self, number: int, step: Step) -> Mapping[int, Any]:
        """What each operand gets: by its derivative, or as it is."""
        if step.record.whole:
            return super()._way(number, step)
        handed = self._opened.get(step.op, set()) | self._bypassed.get(step.op, set())
        alone = self._bypassed.get(step.op, set())
        integers = self._through_integers and any(
            isinstance(o, int) and not is_floating(self.values[o]) for o in step.record.operands
        )
        found = dict(super()._way(number, step)) if not alone else {}
        if not handed and not integers:
            return found
        for place, operand in enumerate(step.record.operands):
            if not isinstance(operand, int):
                continue
            whole = not is_floating(self.values[operand])
            if operand in handed or (whole and self._through_integers):
                onward = self._onward(step, operand)
                if onward is not None:
                    before = found.get(place)
                    found[place] = onward if before is None else before + onward
        return found

    def _onward(self, step: Step, operand: int) -> Any:
        shape = tuple(jnp.shape(self.values[operand]))
        arrived = [self.arrived[r] for r in step.record.results if r in self.arrived]
        if not arrived:
            return None
        held = self.values[operand]
        dtype = held.dtype if is_floating(held) else arrived[0].dtype
        return sum(fitted(jnp.asarray(one), shape) for one in arrived).astype(dtype)


def _of(changes: Sequence[Change], kind: ChangeKind) -> set[int]:
    return {edge for change in changes if change.kind is kind for edge in change.edges}
