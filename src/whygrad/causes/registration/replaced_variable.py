"""A name of the model that was given another tensor while training: nothing learned stays."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from whygrad.causes.mend import mended
from whygrad.causes.opening import handed
from whygrad.causes.registration.made_in_source import replaced
from whygrad.causes.rule import Match, Rule
from whygrad.causes.ways import path_to_loss
from whygrad.flow.case import Case
from whygrad.flow.tags import CREATED_IN_STEP, OVERWRITTEN_BY_TENSOR
from whygrad.model.finding import Severity
from whygrad.model.source import Fix, SourceLocation
from whygrad.source.edits import assign_instead, copy_instead
from whygrad.source.files import Sources

_INSTEAD: Final = "write into it instead: `with torch.no_grad(): p.copy_(...)`"


def in_case(case: Case, sources: Sources) -> Iterator[Match]:
    variable = case.variable
    if CREATED_IN_STEP in variable.tags:
        return
    identities = {step.identity for step in variable.steps if step.identity}
    overwritten = OVERWRITTEN_BY_TENSOR in variable.tags
    again = len(identities) > 1 and variable.registered and not case.held
    if not overwritten and not again:
        return
    place = variable.replaced_at or variable.made_at
    if overwritten:
        said = "was overwritten by a tensor that is no variable: what the optimizer updates is no"
        said += " longer what the model computes with"
    else:
        said = "is another tensor from step to step, so no optimizer ever holds the one in use"
    yield Match(
        Severity.ERROR,
        place,
        lambda n: f"{n} {said}" if n.one else f"{n}: each {said}",
        evidence=(f"seen as {len(identities)} different tensors",) if again else (),
        fix=_mended(case, sources, place),
        path=path_to_loss(case),
        undo=handed(case),
    )


def _mended(case: Case, sources: Sources, place: SourceLocation | None) -> Fix:
    dialect = case.recording.dialect
    make = copy_instead if dialect.edits == "torch" else assign_instead
    return mended(sources, place, dialect.spelled(_INSTEAD), make, safe=False)


RULE = Rule("replaced-variable", in_case=in_case, in_source=replaced)
