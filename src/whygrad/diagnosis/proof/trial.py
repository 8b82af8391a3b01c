"""One trial: the changes that take a cause away, and whether the replay shows what it must."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from whygrad.causes.rule import Expect, Undo
from whygrad.diagnosis.proof.replays import Replays
from whygrad.flow.replaying import CannotReplayError, Change, ChangeKind, Replayed

_SAME = 0.01
"""Relative; replays agree with what was observed far better than this."""


class Shown(Enum):
    """What a replay showed for one variable."""

    YES = "yes"
    ZERO = "zero"
    """A gradient came, and it is exactly zero in this step."""
    NO = "no"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a trial. Keys are the wanted values."""

    undo: Undo
    shown: Mapping[int, Shown]
    together: frozenset[int]
    """Those for which it took more than this cause alone."""
    seen: Replayed
    base: Replayed
    before: Mapping[int, float | None]

    @property
    def holds(self) -> bool:
        """Whether the cause was taken away for at least one, or for the step as a whole."""
        if self.undo.expects is Expect.SAME_LOSS:
            same = [repr(loss) for loss in self.seen.losses]  # nan is not equal to itself
            return bool(same) and same == [repr(loss) for loss in self.base.losses]
        if self.undo.expects is Expect.FINITE:
            return Shown.NO not in self.shown.values()
        shown = set(self.shown.values())
        return Shown.YES in shown or (self.linked and Shown.ZERO in shown)

    @property
    def linked(self) -> bool:
        """Whether the claim is that gradient is cut off: then one of zero, where none came before,
        shows that it was, and something else makes it zero.
        """
        return all(change.kind is ChangeKind.OPEN for change in self.undo.changes) and all(
            self.before.get(value) is None for value in self.undo.wanted
        )

    def failed(self, values: Iterable[int]) -> bool:
        """Whether it is shown for none of these. Zero in one step beside others is no failure."""
        if not self.holds:
            return True
        values = tuple(values)
        return bool(values) and all(self.shown.get(value) is Shown.NO for value in values)

    @property
    def zero(self) -> bool:
        """Whether nothing but zeros came: another step may tell more."""
        shown = set(self.shown.values())
        return Shown.ZERO in shown and Shown.YES not in shown


def merged(undos: Sequence[Undo]) -> Undo:
    """One undo for all variables of a finding; they share the step, the update and the kind."""
    first = undos[0]
    wanted = tuple(dict.fromkeys(value for undo in undos for value in undo.wanted))
    update = first.update
    if update is not None:
        values = (value for undo in undos if undo.update for value in undo.update.values)
        update = replace(update, values=tuple(dict.fromkeys(values)))
    return replace(
        first,
        wanted=wanted,
        changes=united(change for undo in undos for change in undo.changes),
        others=united(change for undo in undos for change in undo.others),
        update=update,
    )


def alike(undo: Undo) -> object:
    """What undos must have in common to be tried in one replay."""
    update = undo.update
    how = None if update is None else (update.like, update.rate, update.dtype)
    return undo.step, undo.expects, how


def united(changes: Iterable[Change]) -> tuple[Change, ...]:
    """One change of each kind."""
    found: dict[ChangeKind, tuple[set[int], set[int]]] = {}
    for change in changes:
        edges, values = found.setdefault(change.kind, (set(), set()))
        edges.update(change.edges)
        values.update(change.values)
    return tuple(
        Change(kind, tuple(sorted(edges)), tuple(sorted(values)))
        for kind, (edges, values) in found.items()
    )


def tried(replays: Replays, undo: Undo, before: Mapping[int, float | None]) -> Outcome:
    """Take the cause away alone; where that is not enough, with what lies in a row with it."""
    base = replays.unchanged(undo.step)
    if not undo.changes and undo.update is None:
        seen = replays.changed(undo.step, undo.wanted, ()) if undo.wanted else base
    else:
        seen = replays.changed(undo.step, undo.wanted, undo.changes, undo.update)
    if any(before.get(value) == 0.0 and seen.gradients.get(value) is None for value in undo.wanted):
        # A whole way led here: whoever lost it, it was not the program.
        raise CannotReplayError("the change itself took the gradient's way away")
    shown = {value: _shown(undo, value, seen, before) for value in undo.wanted}
    missing = [value for value, what in shown.items() if what is Shown.NO]
    if not missing or not undo.others:
        return Outcome(undo, shown, frozenset(), seen, base, before)
    both = united((*undo.changes, *undo.others))
    whole = replays.changed(undo.step, undo.wanted, both, undo.update)
    rest = replays.changed(undo.step, undo.wanted, undo.others)
    together = set()
    for value in missing:
        what = _shown(undo, value, whole, before)
        if what is not Shown.NO and _shown(undo, value, rest, before) is Shown.NO:
            shown[value] = what
            together.add(value)
    return Outcome(undo, shown, frozenset(together), whole if together else seen, base, before)


def _shown(undo: Undo, value: int, seen: Replayed, before: Mapping[int, float | None]) -> Shown:
    norm, was = seen.gradients.get(value), before.get(value)
    expects = undo.expects
    if expects is Expect.SAME_LOSS:
        return Shown.YES
    if norm is None:
        return Shown.NO
    if expects is Expect.FINITE:
        return Shown.YES if math.isfinite(norm) else Shown.NO
    if not math.isfinite(norm):
        return Shown.NO
    if expects is Expect.SMALLER:
        return _yes(was is not None and norm * undo.factor <= was)
    if expects is Expect.DIFFERENT:
        return _yes(was is not None and abs(norm - was) > _SAME * max(norm, was))
    if norm == 0.0:
        return Shown.ZERO
    if expects is Expect.LARGER:
        return _yes(was is None or norm >= undo.factor * was)
    if expects is Expect.UPDATE:
        return _yes(bool(seen.updates.get(value)))
    return Shown.YES


def _yes(holds: bool) -> Shown:
    return Shown.YES if holds else Shown.NO


def total(norms: Iterable[float | None]) -> float | None:
    """The norm of all gradients together; None where there is none."""
    present = [norm for norm in norms if norm is not None]
    return math.hypot(*present) if present else None
