"""How a cause says in one line what takes it away: made only when a proof is wanted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from whygrad.causes.rule import Expect, Undo, Undoing
from whygrad.causes.words import optimizer_named
from whygrad.flow.case import Case
from whygrad.flow.recording import Optimizer
from whygrad.flow.replaying import Change, ChangeKind, Update

NOT_KEPT = "the step in which it was seen was not kept"
NEVER_READ = "no op of a step that was kept reads it"
NO_LOSS = "no backward was asked for, so which value is the loss is not known"
_USUAL_RATE = 0.001


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


def updated(case: Case, words: str, update: Update, *, keep: bool = False) -> Undoing:
    """Nothing is changed but the optimizer's update, which is made to a copy of the variable.
    `keep`: what backward gave is not cleared before.
    """

    def made(steps: Sequence[int]) -> Undo | str:
        found = usable(case, steps)
        if isinstance(found, str):
            return found
        step, value = found
        moved = replace(update, values=(value,))
        changes = (Change(ChangeKind.KEEP, values=(value,)),) if keep else ()
        return Undo(step, words, (value,), changes, moved, Expect.UPDATE)

    return made


def shifted(case: Case) -> Undoing:
    """Nothing depends on the variable: the loss does not notice when it is changed."""

    def made(steps: Sequence[int]) -> Undo | str:
        known = [step for step in steps if case.recording.steps[step].graph.losses]
        if not known:
            return NO_LOSS if steps else NOT_KEPT
        for step in known:
            value = case.variable.steps[step].value
            if value is not None:
                change = Change(ChangeKind.SHIFT, values=(value,))
                words = "{n} changed by a hundredth"
                return Undo(step, words, (value,), (change,), expects=Expect.SAME_LOSS)
        return Undo(known[0], "{n} left out", (), expects=Expect.SAME_LOSS)

    return made


def usable(case: Case, steps: Sequence[int]) -> tuple[int, int] | str:
    """The last kept step with a loss in which the variable was read, and its value there."""
    read = False
    for step in reversed(steps):
        value = case.variable.steps[step].value
        read |= value is not None
        if value is not None and case.recording.steps[step].graph.losses:
            return step, value
    return NO_LOSS if read else NEVER_READ if steps else NOT_KEPT


def nearest(case: Case) -> Optimizer | None:
    """The optimizer that holds what stands next to it; the only one, where there is one."""
    names = {
        holding.optimizer
        for member in case.run.by_model.get(case.variable.model, ())
        for holding in member.holders
    }
    optimizers = case.recording.optimizers
    return next((o for o in optimizers if o.name in names), optimizers[0] if optimizers else None)


def like(optimizer: Optimizer) -> Update:
    """An update as this optimizer makes it, at a rate above zero."""
    rates = [rate for rate in optimizer.learning_rates if rate]
    zero = bool(optimizer.learning_rates) and not optimizer.learning_rates[0]
    rate = (rates[0] if rates else _USUAL_RATE) if zero else None
    return Update(optimizer.name, (), rate)


def another_rate(case: Case, optimizer: Optimizer) -> float:
    """What a variable with a rate of zero could have: a rate of the same script, or a usual one."""
    own = [rate for rate in optimizer.learning_rates if rate]
    every = [rate for one in case.recording.optimizers for rate in one.learning_rates if rate]
    return next(iter((*own, *every)), _USUAL_RATE)


def handed_words(optimizer: Optimizer | None, *, asked: bool) -> str:
    """What is done for a variable that the framework does not list."""
    to = f"handed to {optimizer_named(optimizer)}" if optimizer is not None else ""
    ask = "asked for a gradient" if asked or not to else ""
    return f"{{n}} {' and '.join(part for part in (ask, to) if part)}"


def given(case: Case, optimizer: Optimizer | None) -> Undoing:
    """An optimizer that does not hold the variable makes its update to a copy of it."""
    if optimizer is None:
        return impossible("no optimizer was seen that could take it")
    return updated(case, f"{{n}} handed to {optimizer_named(optimizer)}", like(optimizer))
