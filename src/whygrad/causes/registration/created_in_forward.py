"""Variables that the model's own call makes anew, so that each lives for one step only."""

from __future__ import annotations

from collections.abc import Iterator

from whygrad.causes.mend import mended
from whygrad.causes.opening import handed
from whygrad.causes.registration.kept_in_source import MAKE_ONCE
from whygrad.causes.registration.made_in_source import created
from whygrad.causes.rule import Match, Rule
from whygrad.causes.ways import path_to_loss
from whygrad.causes.words import every
from whygrad.flow.case import Case
from whygrad.flow.tags import CREATED_IN_STEP
from whygrad.flow.trace import Verdict
from whygrad.model.finding import Severity
from whygrad.source.edits import make_once
from whygrad.source.files import Sources


def in_case(case: Case, sources: Sources) -> Iterator[Match]:
    variable = case.variable
    if CREATED_IN_STEP not in variable.tags or case.held or not variable.trainable:
        return
    if (case.verdict is Verdict.UNUSED and not case.got_gradient) or _rewrapped(case):
        return
    steps = [step for step in variable.steps if step.identity]
    identities = {step.identity for step in steps}
    anew = len(identities) > 1 or len(steps) <= 1
    seen = every(len(case.recording.steps))
    yield Match(
        Severity.ERROR,
        variable.made_at,
        lambda n: (
            f"{n} {n.is_} made anew at every call, with fresh numbers, so nothing that"
            f" training does to {n.it} stays"
            if anew
            else f"{n} {n.is_} made during the model's first call, after the optimizer was built,"
            f" so no optimizer holds {n.it}"
        ),
        evidence=(f"a new tensor under this name {seen}",) if anew and len(steps) > 1 else (),
        fix=mended(sources, variable.made_at, MAKE_ONCE, make_once, safe=False),
        path=path_to_loss(case),
        undo=handed(case),
    )


def _rewrapped(case: Case) -> bool:
    """It is computed from other variables with its history cut off: a cause of its own."""
    for index, step in enumerate(case.recording.steps):
        value = case.variable.steps[index].value
        if value is None:
            continue
        others = {v.steps[index].value for v in case.recording.variables} - {value}
        graph = step.graph
        seen = {value}
        todo = [value]
        for current in todo:
            sources = {graph.sources[edge] for edge in graph.into(current)} - seen
            if sources & others:
                return True
            seen |= sources
            todo += sources
    return False


RULE = Rule("created-in-forward", in_case=in_case, in_source=created)
