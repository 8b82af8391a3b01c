"""Variables in a list, a dict or a helper object, where the framework does not look."""

from __future__ import annotations

from collections.abc import Iterator

from whygrad.causes.graph.crossing import cut_kind
from whygrad.causes.opening import handed
from whygrad.causes.registration.containers import container, container_fix
from whygrad.causes.registration.evidence import (
    consequence,
    kept_by_hand,
    looks_like_weight,
    losing,
    unlisted,
)
from whygrad.causes.registration.in_source import containers
from whygrad.causes.rule import Match, Rule
from whygrad.causes.ways import path_to_loss
from whygrad.causes.words import at
from whygrad.flow.case import Case
from whygrad.flow.trace import Verdict
from whygrad.flow.variable import Home
from whygrad.model.finding import Severity
from whygrad.model.report import Status
from whygrad.source.files import Sources

_HOMES = (Home.PLAIN_CONTAINER, Home.HELPER_OBJECT)


def in_case(case: Case, sources: Sources) -> Iterator[Match]:
    variable = case.variable
    if variable.home not in _HOMES or not variable.leaf or not variable.floating:
        return
    if case.verdict is Verdict.UNUSED and not case.got_gradient:
        return
    place = variable.held_at or variable.made_at
    where = container(case, sources)
    fix = container_fix(case, sources)
    severity = _severity(case)
    by_hand = kept_by_hand(case, sources)
    if severity is None or by_hand:
        return
    if by_hand is None and severity is Severity.ERROR:
        severity = Severity.WARNING
    listing = case.recording.dialect.listing
    saved = f"`{listing}` does not look into {where}: {losing(case, 'what is in it')}"
    if case.held:
        yield Match(severity, place, lambda n: f"{n} {n.is_} trained, but {saved}", fix=fix)
        return
    made = variable.made_at
    same = made and place and (made.path, made.line) == (place.path, place.line)
    yield Match(
        severity,
        place,
        lambda n: (
            f"{n} do{'es' if n.one else ''} not train: {(n.s and 'it is') or 'they are'} in"
            f" {where}, and {consequence(case, n)}"
        ),
        measured=(*((f"it is made{at(made)}",) if made and not same else ()), *unlisted(case)),
        fix=fix,
        path=path_to_loss(case),
        undo=handed(case),
        status=Status.UNKNOWN if severity is Severity.NOTE else None,
    )


def _severity(case: Case) -> Severity | None:
    if case.held:
        return Severity.NOTE
    if case.variable.trainable:
        # A list is also the usual way to keep a teacher out of `parameters()`.
        return Severity.NOTE if cut_kind(case) else Severity.ERROR
    return Severity.WARNING if looks_like_weight(case) else None


RULE = Rule("unregistered-container", in_case=in_case, in_source=containers)
