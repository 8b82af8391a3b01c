"""Tensors that a model keeps and that were computed from variables: `tf.Variable(...) * 0.1`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, NamedTuple

from whygrad.backends.shared.slot import Slot
from whygrad.backends.tensorflow.kinds import spelled
from whygrad.backends.tensorflow.log import Record
from whygrad.flow.variable import Home, Origin

if TYPE_CHECKING:
    from whygrad.backends.keras.inventory.assignments import Assignments
    from whygrad.backends.keras.inventory.current import Current, Row
    from whygrad.backends.tensorflow.flow import Flow

_DEPTH: Final = 60
"""So many values are walked back at most."""
_KEPT: Final = (Home.PLAIN_ATTRIBUTE, Home.PLAIN_CONTAINER, Home.HELPER_OBJECT)


class Made(NamedTuple):
    """How a tensor was computed: by which op, where, and from which variables."""

    op: str
    site: int
    variables: tuple[int, ...]
    """Their keys; none where something else may have to do with one of them."""
    taped: bool


class Derived:
    """Asked when a step ends, as long as the ops that made the tensors are in its log."""

    def __init__(self, flow: Flow, assignments: Assignments) -> None:
        self._flow = flow
        self._assignments = assignments
        self._in_place: dict[Slot, tuple[int, Made]] = {}
        """What may be kept in place of a variable, with the tensor's key."""

    def look(self, current: Current) -> None:
        """Tell the tensors of this step that are no variables from those that were made of one."""
        for slot, (key, made) in list(self._in_place.items()):
            same = slot.identity == key
            if same and not any(map(self._read, made.variables)):
                # Where a tape knew how it was made, that was so in that one step.
                self._in_place[slot] = key, made._replace(taped=False)
                self._took(slot, made, current, orphan=True)
                continue
            del self._in_place[slot]
            if same:
                self._took(slot, made, current, orphan=False)
        rows = [row for row in current.rows.values() if _asks(row)]
        if not rows:
            return
        records = {out: r for r in self._records() for out in r.outs}
        for row in rows:
            found = self._made(row, records, current)
            if found is None:
                continue
            read = (self._read(key, making=found.taped) for key in found.variables)
            if found.variables and not any(read):
                self._in_place[row.slot] = row.slot.identity, found
            orphan = row.slot in self._in_place and not found.taped
            self._took(row.slot, found, current, orphan=orphan)

    def _took(self, slot: Slot, made: Made, current: Current, *, orphan: bool) -> None:
        slot.leaf = False
        slot.origin = Origin(made.op, self._flow.callsites.resolve(made.site), orphan)
        for raw in filter(None, map(current.rows.get, made.variables)):
            raw.slot.kept_as = f"{slot.model}:{slot.name}" if orphan else None

    def _records(self) -> Iterator[Record]:
        return (r for r in self._flow.log.records if isinstance(r, Record))

    def _made(self, row: Row, records: dict[int, Record], current: Current) -> Made | None:
        """None of what was not computed from a variable that was to train, as far as was seen."""
        log = self._flow.log
        value = log.known(row.slot.identity)
        last = None if value is None else records.get(value)
        if value is None or last is None:
            return None
        variables: dict[int, bool] = {}
        taped = False
        todo = [value]
        for number in todo:
            if len(todo) > _DEPTH:
                return None
            key = log.holders.get(number)
            if key is not None:
                if log.floats[number] and self._assignments.to_train(key):
                    variables[key] = log.firsts.get(key) == number
                continue
            record = records.get(number)
            if record is None:
                if number not in log.met:
                    return None  # a traced function made it
                continue
            taped = taped or record.tapes > 0
            todo += [source for source in record.ins if source >= 0 and source not in todo]
        if not variables:
            return None
        alone = len(variables) == 1
        own = all(
            first and self._beside(row.slot, key, current, alone=alone)
            for key, first in variables.items()
        )
        return Made(spelled(last.kind), last.site, tuple(variables) if own else (), taped)

    def _beside(self, slot: Slot, key: int, current: Current, *, alone: bool) -> bool:
        """Whether it is the same object that made the variable and keeps the tensor: features, say,
        come of an encoder that may have been trained elsewhere.
        """
        if alone and not self._assignments.was_attribute(key):
            return True
        raw = current.rows.get(key)
        return raw is not None and _holder(raw.slot) == _holder(slot)

    def _read(self, key: int, *, making: bool = False) -> bool:
        """Whether this step computed something with a variable that gradient could go through;
        `making`: beside the tensor itself.
        """
        log = self._flow.log
        held = {value for value, holder in log.holders.items() if holder == key}
        reads = (r for r in log.records if not held.isdisjoint(r.ins))
        known = [r for r in reads if not isinstance(r, Record) or (r.tapes and r.outs)]
        return len(known) > making


def _holder(slot: Slot) -> tuple[int, str]:
    return slot.model, slot.name.rpartition(".")[0]


def _asks(row: Row) -> bool:
    slot = row.slot
    return not slot.parameter and slot.leaf and slot.floating and slot.home in _KEPT
