"""The step that is going on: the variables in it, and what has come back to each so far."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from whygrad.backends.keras.inventory.measuring import (
    ABSENT,
    UNMEASURED,
    Before,
    Measured,
    measure,
    weights,
)
from whygrad.backends.keras.inventory.pairing import Pairing
from whygrad.backends.keras.inventory.things import dtype_of, inner, key_of
from whygrad.backends.shared.slot import Slot
from whygrad.flow.variable import Home, Observed
from whygrad.model.report import Gradient

_BEST = (Gradient.FINITE, Gradient.NAN, Gradient.INF, Gradient.ZERO, Gradient.NONE)
_SIXTEEN = ("bfloat16", "float16")


@dataclass(slots=True, eq=False)
class Row:
    """One variable in the step that is going on. It is let go when the step ends."""

    slot: Slot
    thing: Any
    asked: bool = False
    """A tape was asked for its gradient."""
    answer: Measured = ABSENT
    """What the tape gave, the best of it."""
    given: Measured | None = None
    """What an optimizer was given with it; None where it was in no update."""
    weight: float | None = None
    before: Before | None = None
    moved: bool | None = None
    by: float | None = None
    ratio: float | None = None
    stayed: float | None = None
    stale: bool = False
    carried: bool = False
    """What was applied to it still held the sum of the last update's."""

    @property
    def gradient(self) -> Measured:
        """Just before the update, else what the tape gave."""
        if self.given is None or self.given.kind is Gradient.NONE:
            return self.answer if self.given is None or not self.asked else self.given
        return self.given

    @property
    def sick(self) -> bool:
        """Its gradient was asked for, and nothing can be learnt from it."""
        return self.asked and self.gradient.kind is not Gradient.FINITE


class Current:
    """Holds the variables of one step, so that they can be measured."""

    def __init__(self, step: int) -> None:
        self.step = step
        self.rows: dict[int, Row] = {}
        """By key of the variable."""
        self.walk = -1
        """Number of the inventory that the rows were taken from."""
        self._answers: list[tuple[list[Any], list[bool]]] = []
        self._holding: dict[Slot, int] = {}
        self.pairing = Pairing()

    def take_all(self, pairs: Iterable[tuple[Slot, Any]]) -> None:
        """The inventory was taken anew: forget names that are gone, unless they were measured."""
        for key, row in list(self.rows.items()):
            if row.slot.gone and not (row.asked or row.given):
                del self.rows[key]
                self._holding.pop(row.slot, None)
        self.take(pairs)

    def take(self, pairs: Iterable[tuple[Slot, Any]]) -> None:
        """Put variables under observation, in addition to those already there."""
        for slot, thing in pairs:
            key = key_of(thing)
            if key is None or key in self.rows:
                continue
            # Another variable under the same name takes the place of the one before it.
            replaced = self._holding.get(slot)
            if replaced is not None:
                self.rows.pop(replaced, None)
            self._holding[slot] = key
            self.rows[key] = Row(slot, thing)

    def row(self, thing: Any) -> Row | None:
        """What is known of a variable in this step."""
        key = key_of(thing)
        return None if key is None else self.rows.get(key)

    def answered(self, sources: Iterable[Any], results: Iterable[Any]) -> None:
        """A tape gave gradients; only called where nothing listens."""
        sources, results = list(sources), list(results)
        self._answers.append((sources, [result is not None for result in results]))
        self.pairing.answered(sources, results)
        for source, result in zip(sources, results, strict=False):
            row = self.row(source)
            if row is not None:
                found = _measured(result)
                if not row.asked or _better(found, row.answer):
                    row.answer = found
                row.asked = True

    def meant_with(self, variables: Iterable[Any]) -> list[Any]:
        """Those without a gradient that tapes were asked about together with some of these: people
        leave out what has none on the way to the optimizer.
        """
        given = {key_of(variable) for variable in variables}
        missing: dict[int, Any] = {}
        for sources, there in self._answers:
            keys = [key_of(source) for source in sources]
            if any(key in given for key in keys):
                for key, source, has in zip(keys, sources, there, strict=True):
                    if key is not None and not has and key not in given:
                        missing[key] = source
        return list(missing.values())

    def pair(self, gradients: Iterable[Any], variables: Iterable[Any]) -> None:
        """See whose gradients an optimizer was given with these variables, be they symbolic."""
        for variable, owner in self.pairing.pairs(gradients, variables):
            row, other = self.row(variable), self.rows.get(owner or 0)
            if row is not None and owner is None:
                row.slot.mispaired = ""
            elif row is not None and other is not None and row.slot.mispaired is None:
                row.slot.mispaired = f"{other.slot.model}:{other.slot.name}"

    def updating(self) -> list[Any]:
        """What is being updated."""
        return [row.thing for row in self.rows.values() if row.before is not None]

    def before_step(self, gradients: Iterable[Any], variables: Iterable[Any]) -> None:
        """An optimizer is about to update these; only called where nothing listens."""
        gradients, variables = list(gradients), list(variables)
        self.pair(gradients, variables)
        for gradient, variable in zip(gradients, variables, strict=False):
            row = self.row(variable)
            if row is None:
                continue
            found = _measured(gradient)
            if row.given is None or _better(found, row.given):
                row.given = found
            doubtful = found.kind is not Gradient.FINITE or row.slot.unproven > 1
            known = None if gradient is UNMEASURED else gradient
            row.before = Before.of(row.thing, known, doubtful=doubtful)

    def after_step(self) -> None:
        """See who moved."""
        for row in self.rows.values():
            if row.before is None:
                continue
            sixteen = dtype_of(row.thing) in _SIXTEEN
            seen, row.before = row.before.compare(row.thing, sixteen=sixteen), None
            row.moved = True if row.moved else seen.moved
            row.by = seen.by if row.by is None else row.by
            row.ratio = seen.ratio if row.ratio is None else row.ratio
            row.stayed = seen.stayed if row.stayed is None else row.stayed
            row.slot.unproven += row.moved is None

    def drop_step(self) -> None:
        """The step that was to be measured has failed."""
        for row in self.rows.values():
            row.before = None

    def weigh(self) -> None:
        """How large the weights are; what nobody trains is weighed once."""
        rows = [r for r in self.rows.values() if r.weight is None]
        rows = [r for r in rows if self.step == 0 or r.slot.trainable]
        for row, weight in zip(rows, weights(row.thing for row in rows), strict=True):
            row.weight = weight

    def doubtful(self, value_of: Callable[[Any], int | None]) -> bool:
        """Whether a question may remain that running the step again would answer."""
        return any(
            (row.moved is not True or row.sick or not row.slot.trainable)
            and (row.slot.floating or row.slot.trainable)
            and (row.slot.trainable or value_of(inner(row.thing)) is not None)
            for row in self.rows.values()
        )

    def close(self, value_of: Callable[[Any], int | None]) -> None:
        """Write what was seen into the slots."""
        for key, row in self.rows.items():
            slot = row.slot
            slot.identity = key
            if row.asked and slot.home is Home.LOOSE:
                # Of what a tape is asked about, such as a copy that is trained apart, it is meant.
                slot.created_in.discard(self.step)
            slot.steps[self.step] = Observed(
                value=value_of(inner(row.thing)),
                trainable=slot.trainable,
                gradient=row.gradient.kind,
                gradient_norm=row.gradient.norm,
                weight_norm=row.weight,
                moved=row.moved,
                update_norm=row.by,
                update_ratio=row.ratio,
                stayed=row.stayed,
                carried_over=row.carried,
                had_gradient_after_backward=row.answer.kind is not Gradient.NONE,
                identity=key,
                held_stale=row.stale,
            )


def _measured(gradient: Any) -> Measured:
    return Measured(Gradient.FINITE, None) if gradient is UNMEASURED else measure(gradient)


def _better(new: Measured, old: Measured) -> bool:
    return _BEST.index(new.kind) < _BEST.index(old.kind)
