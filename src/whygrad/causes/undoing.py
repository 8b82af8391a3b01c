"""How a cause says in one line what takes it away: made only when a proof is wanted."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from whygrad.causes.rule import Expect, Undo, Undoing
from whygrad.flow.case import Case
from whygrad.flow.replaying import Change, ChangeKind, Update

NOT_KEPT = "the step in which it was seen was not kept"
NEVER_READ = "no op of a step that was kept reads it"
NO_LOSS = "no backward was asked for, so which value is the loss is not known"


def impossible(reason: str) -> Undoing:
    """No replay can show it; `reason` is one clause."""
    return lambda steps: reason


def changed(
    case: Case,
    step: int,
    words: str,
    kind: ChangeKind,
    *,
    edges: Sequence[int] = (),
    values: Sequence[int] = (),
    expects: Expect = Expect.GRADIENT,
    factor: float = 2.0,
) -> Undoing:
    """One change on edges or values of the step in which the cause was seen."""

    def made(steps: Sequence[int]) -> Undo | str:
        value = case.variable.steps[step].value
        if step not in steps:
            return NOT_KEPT
        if value is None:
            return NEVER_READ
        change = Change(kind, tuple(edges), tuple(values))
        return Undo(step, words, (value,), (change,), expects=expects, factor=factor)

    return made


def updated(
    case: Case, words: str, update: Callable[[tuple[int, ...]], Update], *, ask: bool = False
) -> Undoing:
    """An optimizer's update moves a copy of the variable; `ask`: it has to ask for a gradient."""

    def made(steps: Sequence[int]) -> Undo | str:
        found = usable(case, steps)
        if isinstance(found, str):
            return found
        step, value = found
        changes = (Change(ChangeKind.ASK, values=(value,)),) if ask else ()
        return Undo(step, words, (value,), changes, update((value,)), Expect.UPDATE)

    return made


def usable(case: Case, steps: Sequence[int]) -> tuple[int, int] | str:
    """The last kept step with a loss in which the variable was read, and its value there."""
    read = False
    for step in reversed(steps):
        value = case.variable.steps[step].value
        read |= value is not None
        if value is not None and case.recording.steps[step].graph.losses:
            return step, value
    return NO_LOSS if read else NEVER_READ
