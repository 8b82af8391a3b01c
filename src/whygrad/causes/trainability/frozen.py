"""`requires_grad=False`: mostly meant; an error where nothing trains, or was asked to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from typing import Final

from whygrad.causes.mend import mended
from whygrad.causes.rule import Match, Rule
from whygrad.causes.words import at
from whygrad.flow.case import Case
from whygrad.flow.tags import FLAG_TYPO, OWNER_FLAG_TYPO, WHOLE_MODEL_FROZEN
from whygrad.model.finding import Severity
from whygrad.model.report import Status
from whygrad.model.source import Fix, SourceLocation
from whygrad.source.edits import flag_to_call
from whygrad.source.files import Sources

_SET: Final = re.compile(r"\.(?P<flag>\w+)\s*=\s*(?P<value>True|False)\b")


def in_case(case: Case, sources: Sources) -> Iterator[Match]:
    variable = case.variable
    typo = {OWNER_FLAG_TYPO, FLAG_TYPO} & variable.tags
    if typo and (said := _written(case, sources)) is not None:
        flag, value, place = said
        if value is not variable.trainable:
            yield _in_vain(case, flag, value, place, sources)
            return
    if variable.trainable or not variable.registered or not variable.floating:
        return
    if _nothing_trains(case):
        yield _all_frozen(case)
        return
    yield Match(
        Severity.NOTE,
        variable.frozen_at or variable.made_at,
        lambda n: f"{n} {n.is_} frozen (`requires_grad=False`)",
        group=variable.model,
        status=Status.FROZEN,
    )


def _in_vain(
    case: Case, flag: str, value: bool, place: SourceLocation | None, sources: Sources
) -> Match:
    """The flag was set where it means nothing."""
    on_module = OWNER_FLAG_TYPO in case.variable.tags
    what = "the module object" if on_module else "the tensor"
    advice = f"call `.requires_grad_({value})` instead"
    if on_module:
        advice += ": it reaches every parameter"
    fix = mended(sources, place, advice, partial(flag_to_call, flag=flag))
    if value:
        return Match(
            Severity.ERROR,
            place or case.variable.made_at,
            lambda n: (
                f"{n} {n.is_} still frozen: `{flag} = True` on {what} only makes a new"
                " attribute of that name"
            ),
            fix=fix,
        )
    return Match(
        Severity.WARNING,
        place or case.variable.made_at,
        lambda n: (
            f"`{flag} = False` freezes nothing: on {what} it is only a new attribute, so"
            f" {n} train{n.s} on"
        ),
        fix=fix,
        status=Status.TRAINS,
    )


def _all_frozen(case: Case) -> Match:
    place = case.variable.frozen_at or case.variable.made_at
    return Match(
        Severity.ERROR,
        place,
        lambda n: (
            f"{n} {n.is_} frozen (`requires_grad=False`), and nothing else asks for a"
            " gradient, so nothing trains"
        ),
        evidence=tuple(_said(case)),
        fix=Fix("give back `requires_grad_(True)` to what is to be trained"),
        group=("all", case.variable.model),
    )


def _nothing_trains(case: Case) -> bool:
    """No variable of the run asks for a gradient, although one was asked of the loss."""
    run = case.run
    if run.training or any(v.trainable for v in case.recording.variables):
        return False
    raised = any(message.raised for message in case.recording.messages)
    whole = WHOLE_MODEL_FROZEN in case.variable.tags or not run.stepped
    return raised or run.differentiated or (whole and bool(case.recording.optimizers))


def _said(case: Case) -> Iterator[str]:
    for message in case.recording.messages:
        if "does not require grad" in message.text:
            yield f"this is why backward fails{at(message.place)}: {message.text.splitlines()[0]}"
            return


def _written(case: Case, sources: Sources) -> tuple[str, bool, SourceLocation | None] | None:
    """The mistaken flag as it was written, its value, and where."""
    place = case.variable.frozen_at
    module = sources.module(place.path) if place is not None else None
    if place is None or module is None or not 0 < place.line <= len(module.lines):
        return None
    match = _SET.search(module.lines[place.line - 1])
    if match is None:
        return None
    return match["flag"], match["value"] == "True", place


RULE = Rule("frozen", in_case=in_case, healthy_too=True)
