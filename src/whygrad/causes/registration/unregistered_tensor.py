"""A tensor in a plain attribute: it feeds the loss, and nothing lists or updates it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from whygrad.causes.opening import handed
from whygrad.causes.registration.evidence import (
    consequence,
    kept_by_hand,
    looks_like_weight,
    losing,
    unlisted,
)
from whygrad.causes.registration.in_source import tensors
from whygrad.causes.registration.ordering import registered
from whygrad.causes.rule import Match, Rule, Subject
from whygrad.causes.ways import path_to_loss
from whygrad.flow.case import Case
from whygrad.flow.tags import IN_LOSS, OVERWRITTEN_BY_TENSOR
from whygrad.flow.trace import Verdict
from whygrad.flow.variable import Home
from whygrad.model.finding import Severity
from whygrad.model.source import Fix
from whygrad.source.edits import make_parameter, make_variable, make_weight
from whygrad.source.files import Sources

_EDITS: Final = {"torch": make_parameter, "keras": make_weight, "tensorflow": make_variable}


def in_case(case: Case, sources: Sources) -> Iterator[Match]:
    variable = case.variable
    if variable.home is not Home.PLAIN_ATTRIBUTE or not variable.leaf or not variable.floating:
        return
    if OVERWRITTEN_BY_TENSOR in variable.tags:
        return  # it was registered once: `replaced-variable` tells of that
    if case.verdict is Verdict.UNUSED and not case.got_gradient:
        return
    dialect = case.recording.dialect
    fix = _fix(case, sources)
    path = path_to_loss(case)
    if case.held:
        yield Match(
            Severity.NOTE,
            variable.made_at,
            lambda n: (
                f"{n} {n.is_} trained, but `{dialect.listing}` does not list {n.it}:"
                f" {losing(case, n.it)}"
            ),
            fix=fix,
            path=path,
        )
    elif variable.trainable:
        by_hand = kept_by_hand(case, sources)
        if by_hand or (by_hand is None and IN_LOSS in variable.tags):
            return  # the factor of a loss that is raised step by step
        yield Match(
            Severity.ERROR if by_hand is False else Severity.WARNING,
            variable.made_at,
            lambda n: _message(case, n),
            measured=unlisted(case),
            fix=fix,
            path=path,
            undo=handed(case),
        )
    elif looks_like_weight(case):
        yield Match(
            Severity.WARNING,
            variable.made_at,
            lambda n: (
                f"{n} {n.is_} random and used like a weight, but {n.is_} a plain tensor"
                f" that {dialect.spelled('asks for no gradient')}: {n.its} numbers stay as they are"
            ),
            measured=unlisted(case),
            fix=fix,
            path=path,
            undo=handed(case),
        )


def _fix(case: Case, sources: Sources) -> Fix:
    variable, dialect = case.variable, case.recording.dialect
    if IN_LOSS in variable.tags:
        return Fix(
            "a loss is asked for no variables: make it in a layer of the model"
            f" (`{dialect.parameter}(...)`), or in a loop of your own update it too:"
            f" `variables = {dialect.listing} + [{variable.name}]`"
        )
    message = f"register it: `{dialect.parameter}(...)`"
    return registered(sources, variable.made_at, message, _EDITS[dialect.edits])


def _message(case: Case, n: Subject) -> str:
    dialect = case.recording.dialect
    if IN_LOSS in case.variable.tags:
        return (
            f"{n} never train{n.s}: a loss (`{case.variable.owner}`) holds {n.it}, which is no part"
            f" of the model: {consequence(case, n)}"
        )
    if dialect.watches:
        return (
            f"{n} never train{n.s}: {dialect.watches.format(it=n.it)}, but {dialect.title} does not"
            f" track {n.it}: {consequence(case, n)}"
        )
    begins = f"{n} get{n.s} a gradient and never move{n.s}: " if case.got_gradient else f"{n}: "
    return begins + consequence(case, n)


RULE = Rule("unregistered-tensor", in_case=in_case, in_source=tensors)
