"""Variables in which gradients are added up before they are applied, and whether anything ever sets
them back.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from whygrad.backends.keras.inventory.things import is_variable, key_of
from whygrad.backends.tensorflow.kinds import writes
from whygrad.backends.tensorflow.log import Record

if TYPE_CHECKING:
    from whygrad.backends.keras.inventory.current import Current
    from whygrad.backends.tensorflow.flow import Flow

_ADDS: Final = ("AssignAddVariableOp", "AssignSubVariableOp")
_PASSES: Final = frozenset(("ReadVariableOp", "Identity", "Mul", "RealDiv", "DivNoNan", "Cast"))
"""Ops by which a sum comes to the optimizer, as itself or as a mean."""

_DEPTH: Final = 6


class Accumulators:
    """Of one step after the other. Knows a sum by the variable that it lies in."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self._sums: dict[int, int] = {}
        """By key of what is updated, that of the variable in which its gradient was added up."""

    def given(self, gradients: Iterable[Any], variables: Iterable[Any]) -> None:
        """An optimizer is about to apply these, or an update like that was traced."""
        for gradient, variable in zip(gradients, variables, strict=False):
            key, source = key_of(variable), self._source(gradient)
            if key is not None and source is not None and source != key:
                self._sums[key] = source

    def settle(self, current: Current) -> None:
        """The step has ended: mark what was added to and never set back since the last update."""
        if self._sums and current.step:
            adding, setting = self._written()
            for key, source in self._sums.items():
                row = current.rows.get(key)
                if row is not None and source in adding and source not in setting:
                    row.carried = True
        self._sums.clear()

    def _written(self) -> tuple[set[int], set[int]]:
        """Keys of the variables that the step added to, and of those it gave another value."""
        adding: set[int] = set()
        setting: set[int] = set()
        flat = self._flow.flat()
        if flat is None:
            return adding, setting
        for record in flat.records:
            if writes(record.kind):
                keys = {flat.holders[out] for out in record.outs if out in flat.holders}
                (adding if record.kind in _ADDS else setting).update(keys)
        return adding, setting

    def _source(self, gradient: Any) -> int | None:
        if gradient is None:
            return None
        if is_variable(gradient):
            return key_of(gradient)
        if getattr(gradient, "op", None) is not None and hasattr(gradient, "graph"):
            return _captured(gradient)
        number = self._flow.log.known(getattr(gradient, "_id", -1))
        return None if number is None else self._held(number)

    def _held(self, number: int) -> int | None:
        """The variable that a value of the eager step was read from."""
        log = self._flow.log
        for _ in range(_DEPTH):
            if number in log.holders:
                return log.holders[number]
            made = next((r for r in reversed(log.records) if number in r.outs), None)
            if not isinstance(made, Record) or made.kind not in _PASSES or made.ins[0] < 0:
                return None
            number = made.ins[0]
        return None


def _captured(gradient: Any) -> int | None:
    """The same in a trace: the variable that it captured, and that this was read from."""
    graph = gradient.graph
    outer = {id(inner): captured for captured, inner in getattr(graph, "captures", ())}
    for _ in range(_DEPTH):
        if id(gradient) in outer:
            return key_of(outer[id(gradient)])
        if gradient.op.type not in _PASSES or not gradient.op.inputs:
            return None
        gradient = gradient.op.inputs[0]
    return None
