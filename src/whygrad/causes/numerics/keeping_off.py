"""What takes a nan away in a replay: its op is kept off the place where it has no finite slope."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from whygrad.causes.numerics.offence import offence
from whygrad.causes.numerics.sick import Sick
from whygrad.causes.rule import Expect, Match, Undo, Undoing
from whygrad.causes.undoing import NEVER_READ, NOT_KEPT
from whygrad.flow.replaying import Change, ChangeKind, Replayed

Row = tuple[Sick, ...]
"""One step again and again: as it was, and with what came before in the row kept off."""
Told = Callable[[Row, Undoing], Match]
"""A finding about the last of a row."""


def kept_off(tell: Told, row: Row) -> Undoing:
    """The last of the row is taken away; the others lie in a row with it. `tell` makes a finding of
    what that uncovers.
    """

    def made(steps: Sequence[int]) -> Undo | str:
        sick = row[-1]
        bad = sick.bad
        if sick.number not in steps:
            return NOT_KEPT
        if bad is None or bad.edge is None:
            return "the op has no operand that could be moved"
        values = (variable.steps[sick.number].value for variable in sick.variables)
        wanted = tuple(value for value in values if value is not None)
        if not wanted:
            return NEVER_READ
        if len(row) == 1:
            found = offence(sick)
            if found.too_large:
                return "the numbers were too large already when the step began"
            if found.wider:
                change = Change(ChangeKind.WIDEN)
                words = "every number kept in float32"
                return Undo(sick.number, words, wanted, (change,), expects=Expect.FINITE)
        return Undo(
            sick.number,
            f"what {_name(sick)} is given kept off the place where it has no finite slope",
            wanted,
            (_safe(sick),),
            expects=Expect.FINITE,
            others=tuple(_safe(one) for one in row[:-1]),
            follow=lambda seen: _next(tell, row, seen),
        )

    return made


def _next(tell: Told, row: Row, seen: Replayed) -> Match | None:
    bad, probe = seen.bad, row[-1].probe
    if bad is None or probe is None:
        return None
    numbers = {**probe.numbers, **seen.numbers}
    further = (*row, replace(row[-1], probe=replace(probe, bad=bad, numbers=numbers)))
    return tell(further, kept_off(tell, further))


def _safe(sick: Sick) -> Change:
    bad = sick.bad
    edges = (bad.edge,) if bad is not None and bad.edge is not None else ()
    return Change(ChangeKind.SAFE, edges=edges)


def _name(sick: Sick) -> str:
    op = sick.op
    return f"`{op.name}`" if op is not None else "the op"
