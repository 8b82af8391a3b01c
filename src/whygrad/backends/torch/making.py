"""What made a tensor, where, and what kind of numbers it put in; outlives the step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple
from weakref import ref

from whygrad.backends.torch.barriers import CONSTANT, DATA, RANDOM
from whygrad.flow.variable import Making
from whygrad.model.source import SourceLocation

if TYPE_CHECKING:
    from whygrad.backends.torch.tape import Tape


class Made(NamedTuple):
    """What made a tensor: the op, the person's line, and what kind of numbers it put in."""

    op: str
    place: SourceLocation | None
    making: Making


class _Known(NamedTuple):
    tensor: Any
    op: str
    site: int
    making: Making


_WRAPPERS = frozenset(("Parameter", "Buffer", "Variable", "requires_grad", "set_requires_grad"))


class Makings:
    """Answers for tensors of this step, and remembers those that outlive it."""

    def __init__(self, tape: Tape) -> None:
        self.tape = tape
        self._kept: dict[int, _Known] = {}
        self._read_to = 0
        self._first: dict[int, tuple[str, int]] = {}
        self._kinds: dict[int, Making] = {}

    def of(self, tensor: Any) -> Made | None:
        """What made the tensor, if that was seen."""
        found = self._now(tensor) or self._before(tensor)
        if found is None:
            return None
        return Made(found.op, self.tape.callsites.resolve(found.site, found.op), found.making)

    def keep(self) -> None:
        """Remember the tensors that live on, before the step's numbers are forgotten."""
        kept = {key: known for key, known in self._kept.items() if known.tensor() is not None}
        self._read()
        for entry in list(self.tape.values.table.values()):
            # What was only read keeps what was known of it.
            if entry[1] == entry[3] and entry[3] not in self._first:
                continue
            tensor = entry[0]()
            known = self._now(tensor) if tensor is not None else None
            if known is not None:
                kept[id(tensor)] = known
        self._kept = kept
        self._read_to = 0
        self._first.clear()
        self._kinds.clear()

    def _before(self, tensor: Any) -> _Known | None:
        known = self._kept.get(id(tensor))
        return known if known is not None and known.tensor() is tensor else None

    def _now(self, tensor: Any) -> _Known | None:
        entry = self.tape.values.entry(tensor)
        if entry is None:
            return None
        self._read()
        first = self._first.get(entry[3])
        before = self._before(tensor)
        kind = self._kinds.get(entry[1], Making.UNKNOWN)
        if first is None:
            # Made in an earlier step or out of sight; written in this one, perhaps.
            if before is None or entry[1] == entry[3]:
                return before
            return before._replace(making=kind)
        return _Known(ref(tensor), first[0], first[1], kind)

    def _read(self) -> None:
        tape = self.tape
        for number, site, _, ins, outs in tape.records[self._read_to :]:
            plan = tape.plan_list[number]
            name = plan.name
            if name in RANDOM:
                kind = Making.RANDOM
            elif name in CONSTANT:
                kind = Making.CONSTANT
            elif name in DATA and not ins:
                kind = Making.DATA
            else:
                kind = self._mixed(ins)
            for out in outs:
                self._kinds[out] = kind
                if out not in self._first:
                    made = (name, site)
                    if name in _WRAPPERS and ins and ins[0] in self._first:
                        made = (self._first[ins[0]][0], site)
                    self._first[out] = made
        self._read_to = len(tape.records)

    def _mixed(self, ins: tuple[int, ...]) -> Making:
        kinds = {self._kinds.get(i, Making.UNKNOWN) for i in ins}
        for kind in (Making.RANDOM, Making.DATA):
            if kind in kinds:
                return kind
        return Making.CONSTANT if kinds == {Making.CONSTANT} else Making.UNKNOWN
