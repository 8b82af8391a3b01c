"""The variable never feeds a loss: nothing reads it, or what was computed from it is dropped."""

from __future__ import annotations

from collections.abc import Iterator

from whygrad.causes.graph.in_source import unused
from whygrad.causes.rule import Match, Rule
from whygrad.causes.undoing import shifted
from whygrad.causes.ways import first_read
from whygrad.causes.words import at, every
from whygrad.flow.case import Case
from whygrad.flow.graph import Op
from whygrad.flow.tags import NO_ROWS_READ, SIBLING_USED
from whygrad.flow.trace import Verdict
from whygrad.flow.variable import Home
from whygrad.model.finding import Severity
from whygrad.model.report import Status
from whygrad.model.source import Fix
from whygrad.source.files import Sources


def in_case(case: Case, sources: Sources) -> Iterator[Match]:
    variable = case.variable
    if not variable.trainable or variable.home is not Home.REGISTERED:
        return
    if case.verdict is not Verdict.UNUSED or case.got_gradient or not case.differentiated:
        return
    last = _last(case)
    if not all(step.graph.complete for step in case.recording.steps):
        yield _not_seen(case)
        return
    if last is None:
        yield _never_read(case)
        return
    severity = _dropped(case)
    yield Match(
        severity,
        last.place or variable.made_at,
        lambda n: (
            f"{n} {n.does} not feed the loss: what `{last.name}`{at(last.place)} makes of"
            f" {n.it} is dropped"
        ),
        evidence=(f"no way leads from there to a loss {every(len(case.recording.steps))}",),
        fix=Fix("use the result, or take the variable out of the model"),
        undo=shifted(case),
        status=Status.UNKNOWN if severity is Severity.NOTE else None,
    )


def _not_seen(case: Case) -> Match:
    return Match(
        Severity.NOTE,
        case.variable.made_at,
        lambda n: (
            f"{n} got no gradient: no way from {n.it} to the loss is known, either because nothing"
            f" reads {n.it} or because gradient is cut on the way; to tell which, watch the whole"
            " step"
        ),
        status=Status.UNKNOWN,
    )


def _never_read(case: Case) -> Match:
    severity = _severity(case)
    seen = every(len(case.recording.steps))
    why = {
        True: "the code mentions it, so it may have its turn in other steps",
        False: "no method outside the constructor mentions it",
        None: "whether the code uses it elsewhere is not known",
    }[case.variable.used_in_source]
    if SIBLING_USED in case.variable.tags:
        why = "others of the same list were used, so it may have its turn in other steps"
    elif case.variable.owned_by_library:
        why = "the class that makes it is in an installed package: likely an optional part"
    return Match(
        severity,
        case.variable.made_at,
        lambda n: f"{n} {n.is_} never used: no op {seen} reads {n.it}",
        evidence=(why,),
        # Parts of a library's model that nobody placed: one line for all of them.
        group=("unused", case.variable.model) if case.variable.made_at is None else None,
        fix=Fix(
            f"call it in {case.recording.dialect.spelled('`forward`')}, or take it out of the model"
        ),
        undo=shifted(case),
        status=Status.UNKNOWN if severity is Severity.NOTE else None,
    )


def _severity(case: Case) -> Severity:
    variable = case.variable
    if variable.owned_by_library or variable.model in case.run.resting:
        return Severity.NOTE
    if variable.used_in_source is not False or SIBLING_USED in variable.tags:
        return Severity.NOTE
    return Severity.WARNING if case.aside else Severity.ERROR


def _dropped(case: Case) -> Severity:
    """Its ops ran. Someone who updates weights by hand (a moving average) reads them too."""
    variable = case.variable
    if variable.owned_by_library or variable.model in case.run.resting:
        return Severity.NOTE
    if not case.held or {SIBLING_USED, NO_ROWS_READ} & variable.tags:
        return Severity.NOTE
    return Severity.ERROR


def _last(case: Case) -> Op | None:
    """The op at which its influence ends, in the first step that read it."""
    step = first_read(case)
    value = None if step is None else case.variable.steps[step].value
    if step is None or value is None:
        return None
    edge = case.run.last_edges[step].get(value)
    graph = case.recording.steps[step].graph
    return None if edge is None else graph.ops[graph.edge_ops[edge]]


RULE = Rule("unused", in_case=in_case, in_source=unused)
