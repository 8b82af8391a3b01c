"""A Parameter that was transformed as it was made: what the model keeps is the op's result."""

from __future__ import annotations

from collections.abc import Iterator

from whygrad.causes.mend import mended
from whygrad.causes.rule import Match, Rule
from whygrad.causes.ways import path_to_loss
from whygrad.causes.words import at
from whygrad.flow.case import Case
from whygrad.flow.variable import Home
from whygrad.model.finding import Severity
from whygrad.model.source import Fix
from whygrad.source.edits import move_inside_parameter
from whygrad.source.files import Sources


def in_case(case: Case, sources: Sources) -> Iterator[Match]:
    variable, origin = case.variable, case.variable.origin
    if variable.leaf or variable.home in (Home.REGISTERED, Home.LOOSE):
        return
    if origin is None or not origin.orphan_parameter or case.held:
        return
    place = variable.made_at or origin.place
    parameter = case.recording.dialect.parameter
    listing = case.recording.dialect.listing
    yield Match(
        Severity.ERROR,
        place,
        lambda n: (
            f"{n} {n.is_} no parameter but the result of `{origin.op}` on one: the"
            f" `{parameter}` itself was dropped, `{listing}` lists nothing of it and no optimizer"
            f" updates {n.it}"
        ),
        evidence=(
            f"`{origin.op}`{at(origin.place)} makes a new tensor with a history, no leaf",
            *_said(case),
        ),
        fix=_fix(case, sources),
        path=path_to_loss(case),
    )


def _said(case: Case) -> Iterator[str]:
    """The message that this cause ends in, at the second backward."""
    for message in case.recording.messages:
        if "backward through the graph a second time" in message.text:
            yield (
                "the op ran once, outside the loop, so the second backward goes through it again:"
                " this is what `Trying to backward through the graph a second time` is about, and"
                " `retain_graph=True` would hide it"
            )
            return


def _fix(case: Case, sources: Sources) -> Fix:
    parameter = case.recording.dialect.parameter
    message = f"do the arithmetic first and wrap its result: `{parameter}(...)`"
    return mended(sources, case.variable.made_at, message, move_inside_parameter)


RULE = Rule("non-leaf-parameter", in_case=in_case)
