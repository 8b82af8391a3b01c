"""A Parameter that was transformed as it was made: what the model keeps is the op's result."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from whygrad.causes.mend import mended
from whygrad.causes.opening import handed
from whygrad.causes.registration.in_source import computed
from whygrad.causes.registration.ordering import registered
from whygrad.causes.rule import Match, Rule, Subject
from whygrad.causes.ways import path_to_loss
from whygrad.causes.words import at
from whygrad.flow.case import Case
from whygrad.flow.variable import Home, Origin
from whygrad.model.finding import Severity
from whygrad.model.source import Fix, SourceLocation
from whygrad.source.edits import move_inside_parameter, move_inside_variable
from whygrad.source.files import Sources

_ALIVE: Final = "compute it in each call anew, from the variable itself"


def in_case(case: Case, sources: Sources) -> Iterator[Match]:
    variable, origin = case.variable, case.variable.origin
    if variable.kept_as:
        yield from _of_variable(case, sources)
        return
    if variable.leaf or variable.home in (Home.REGISTERED, Home.LOOSE):
        return
    if origin is None or case.held or not (origin.orphan_parameter or _once(case)):
        return
    if case.recording.dialect.watches:
        yield _computed_once(case, origin, sources)
        return
    place = _place(variable.made_at, origin.place)
    parameter = case.recording.dialect.parameter
    listing = case.recording.dialect.listing
    on_one = f" on one, and the `{parameter}` itself was dropped" * origin.orphan_parameter
    yield Match(
        Severity.ERROR,
        place,
        lambda n: (
            f"{n} {n.is_} no parameter but the result of `{origin.op}`{on_one}:"
            f" `{listing}` does not list {n.it} and no optimizer updates {n.it}"
        ),
        evidence=(
            f"`{origin.op}`{at(origin.place)} makes a new tensor with a history, no leaf",
            *_said(case),
        ),
        fix=_fix(case, sources),
        path=path_to_loss(case),
        undo=handed(case),
    )


def _of_variable(case: Case, sources: Sources) -> Iterator[Match]:
    """A variable that a layer lists all the same: the finding is that of the tensor."""
    kept = next((v for v in case.recording.variables if v.name == case.variable.kept_as), None)
    if kept is not None and kept.kept_as == "":
        yield from in_case(Case(case.run, kept), sources)


def _computed_once(case: Case, origin: Origin, sources: Sources) -> Match:
    """Where no tensor has a history, unless a tape records it."""
    raws = [v.name for v in case.recording.variables if v.kept_as == case.variable.name]
    listed = f"which `{case.recording.dialect.listing}` lists"
    itself = f"{Subject(tuple(raws))}, {listed}" if raws else "the variable itself"
    on = "one" if len(raws) < 2 else "several"
    return Match(
        Severity.ERROR,
        _place(case.variable.made_at, origin.place),
        lambda n: (
            f"{n} never train{n.s}: what the model computes with is no variable but the result of"
            f" `{origin.op}` on {on}, computed once: no step of the optimizer changes it"
        ),
        evidence=(
            f"`{origin.op}`{at(origin.place)} gives a plain tensor, and nothing else reads"
            f" {itself}",
        ),
        fix=Fix(_ALIVE) if raws else _inside(case, sources),
        path=path_to_loss(case),
        undo=handed(case),
    )


def _inside(case: Case, sources: Sources) -> Fix:
    message = "do the arithmetic first, on the values that it begins with"
    if case.recording.dialect.edits != "tensorflow":
        return Fix(message)  # Keras 3 tracks no `tf.Variable`
    return mended(sources, case.variable.made_at, message, move_inside_variable)


def _once(case: Case) -> bool:
    """Computed before the loop, and the same result in every step."""
    steps = case.variable.steps
    same = len(steps) > 1 and len({step.identity for step in steps}) == 1
    return same and case.variable.trainable and case.read


def _place(made: SourceLocation | None, op: SourceLocation | None) -> SourceLocation | None:
    """The op's own line, where a helper made the tensor and the constructor only took it."""
    if made is None or op is None:
        return made or op
    first, last = made.line, made.end_line or made.line
    return made if made.path == op.path and first <= op.line <= last else op


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
    return registered(sources, case.variable.made_at, message, move_inside_parameter)


RULE = Rule("non-leaf-parameter", in_case=in_case, in_source=computed)
