"""What kind of numbers a variable began with, and where: from the ops that a step recorded."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from whygrad.backends.tensorflow.log import Record
from whygrad.flow.variable import Making

if TYPE_CHECKING:
    from whygrad.backends.keras.inventory.current import Row
    from whygrad.backends.tensorflow.flow import Flow

_DEPTH: Final = 60
"""So many ops are walked back at most."""

_CONSTANT: Final = ("Fill", "ZerosLike", "OnesLike", "Range", "LinSpace", "Eye", "Zeros", "Ones")


class Makings:
    """Asked when a step ends, about variables of which this is not known yet."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow

    def look(self, rows: Iterable[Row]) -> None:
        """Find out what was recorded of each."""
        open_ones = [row for row in rows if row.slot.making is Making.UNKNOWN]
        if not open_ones:
            return
        made: dict[int, Record] = {}
        for record in self._flow.log.records:
            if isinstance(record, Record):
                for out in record.outs:
                    made.setdefault(out, record)
        for row in open_ones:
            value = self._first(row)
            if value is not None and value in made:
                row.slot.making = _kind(value, made)
                if not row.slot.made and not row.slot.parameter:
                    row.slot.made = made[value].site

    def _first(self, row: Row) -> int | None:
        """Its number in the log: of a variable, what it held first."""
        log = self._flow.log
        key = row.slot.identity
        return log.firsts.get(key, log.known(key))


def _kind(value: int, made: dict[int, Record]) -> Making:
    todo, met, found = [value], {value}, Making.UNKNOWN
    for current in todo:
        record = made.get(current)
        if record is None or len(met) > _DEPTH:
            continue
        if _is_random(record.kind):
            return Making.RANDOM
        if record.kind in _CONSTANT:
            found = Making.CONSTANT
        for source in record.ins:
            if source >= 0 and source not in met:
                met.add(source)
                todo.append(source)
    return found


def _is_random(kind: str) -> bool:
    return "Random" in kind or kind in ("TruncatedNormal", "ParameterizedTruncatedNormal")
