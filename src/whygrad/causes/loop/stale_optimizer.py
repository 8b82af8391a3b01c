"""The optimizer was built before the model was changed: it updates what is no longer there."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from whygrad.causes.loop.in_source import stale_optimizer
from whygrad.causes.loop.twins import earlier
from whygrad.causes.mend import mended
from whygrad.causes.rule import Match, Rule
from whygrad.causes.undoing import given
from whygrad.causes.ways import path_to_loss
from whygrad.causes.words import at, optimizer_named
from whygrad.flow.case import Case
from whygrad.flow.recording import Optimizer
from whygrad.flow.tags import UNASKED
from whygrad.flow.trace import Verdict
from whygrad.flow.variable import Home
from whygrad.model.finding import Severity
from whygrad.model.source import Fix, SourceLocation
from whygrad.source.edits import move_after
from whygrad.source.files import Sources


def in_case(case: Case, sources: Sources) -> Iterator[Match]:
    variable = case.variable
    if case.held or not variable.trainable or not variable.leaf:
        return
    if variable.home is not Home.REGISTERED or not case.recording.optimizers_known:
        return
    if case.verdict is Verdict.UNUSED and not case.got_gradient:
        return
    stale = _stale(case)
    if stale is None:
        yield from _copied(case)
        return
    built = stale.built_at
    place = variable.replaced_at or built
    yield Match(
        Severity.ERROR,
        place,
        lambda n: (
            f"{n} came after {optimizer_named(stale)} was built{at(built)}: the optimizer"
            " still updates the earlier "
            f"{'tensor' if n.one else 'tensors'}, and nothing updates {n.it}"
        ),
        evidence=tuple(_lost(stale)),
        fix=_fix(case, built, sources),
        path=path_to_loss(case),
        undo=given(case, stale),
    )


def _copied(case: Case) -> Iterator[Match]:
    twin = earlier(case)
    if twin is None:
        return
    name = twin.holders[0].optimizer
    optimizer = next((o for o in case.recording.optimizers if o.name == name), None)
    listing = case.recording.dialect.listing
    yield Match(
        Severity.ERROR,
        case.variable.made_at,
        lambda n: (
            f"{n} took the place of `{twin.model}`'s own, which the loss does not use any more and"
            f" {optimizer_named(optimizer) if optimizer else 'the optimizer'} still updates:"
            f" nothing updates {n.it}"
        ),
        evidence=(
            f"`{twin.model}` has variables of the same names and shapes: it is they that are held",
        ),
        fix=Fix(f"make the copy first, and take the list of variables after it: `{listing}`"),
        path=path_to_loss(case),
        undo=given(case, optimizer),
    )


def _fix(case: Case, built: SourceLocation | None, sources: Sources) -> Fix:
    dialect = case.recording.dialect
    if UNASKED in case.variable.tags:
        # A new optimizer would be given the same list.
        called = ", and of a new layer after its first call" * (dialect.edits == "keras")
        return Fix(
            f"take the list of variables after the model has its final form{called}:"
            f" `{dialect.listing}`"
        )
    message = "build the optimizer after the model has its final form"
    replaced = case.variable.replaced_at
    if replaced is None:
        return Fix(message)
    return mended(sources, built, message, partial(move_after, anchor=replaced))


def _lost(optimizer: Optimizer) -> Iterator[str]:
    if optimizer.stale:
        many = "s" if optimizer.stale != 1 else ""
        yield (
            f"{optimizer_named(optimizer)} holds {optimizer.stale} tensor{many} that no model has"
            " any more"
        )


def _stale(case: Case) -> Optimizer | None:
    optimizers = case.recording.optimizers
    stale = [o for o in optimizers if o.stale]
    if case.variable.replaced_at is not None and optimizers:
        # What was replaced may live on inside its successor, so no tensor need be lost.
        return (stale or optimizers)[0]
    if stale and any(step.held_stale for step in case.variable.steps):
        return stale[0]
    # A copy of the whole model took its place, e.g. by `copy.deepcopy`.
    whole = [o for o in stale if o.stale == sum(o.group_sizes)]
    lost = case.variable.model not in case.run.held_models
    return whole[0] if whole and lost else None


RULE = Rule("stale-optimizer", in_case=in_case, in_source=stale_optimizer)
