"""`requires_grad=False`: mostly meant; an error where nothing trains, or was asked to."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from whygrad.causes.mend import mended
from whygrad.causes.opening import asked_for
from whygrad.causes.rule import Match, Rule, Undoing
from whygrad.causes.trainability.in_source import flags, kept_frozen
from whygrad.causes.trainability.late_flag import too_late
from whygrad.causes.trainability.written_flag import WrittenFlag, written_flag
from whygrad.causes.undoing import impossible, like, nearest, updated
from whygrad.causes.words import at
from whygrad.flow.case import Case
from whygrad.flow.tags import FLAG_TYPO, OWNER_FLAG_TYPO, WHOLE_MODEL_FROZEN
from whygrad.model.finding import Severity
from whygrad.model.report import Status
from whygrad.model.source import Fix
from whygrad.source.edits import flag_to_call, rename_attribute
from whygrad.source.files import Sources
from whygrad.source.project.project import Project


def in_case(case: Case, sources: Sources) -> Iterator[Match]:
    variable = case.variable
    said = written_flag(case, sources)
    if said is not None and said.value is not variable.trainable:
        yield _in_vain(case, said, sources)
        return
    if not variable.registered or not variable.floating:
        return
    if (late := too_late(case)) is not None:
        yield late
        return
    if variable.trainable:
        return
    if _nothing_trains(case) and (case.held or not _any_held(case)):
        yield _all_frozen(case)
        return
    yield Match(
        Severity.NOTE,
        variable.frozen_at or variable.made_at,
        lambda n: f"{n} {n.is_} frozen (`{_flag(case)}`)",
        group=variable.model,
        status=Status.FROZEN,
    )


def _in_vain(case: Case, said: WrittenFlag, sources: Sources) -> Match:
    """The flag was set where it means nothing."""
    flag, value, place = said
    what, fix = _instead(case, said, sources)
    if value:
        return Match(
            Severity.ERROR,
            place,
            lambda n: (
                f"{n} {n.is_} still frozen: `{flag} = True` on {what} only makes a new"
                " attribute of that name"
            ),
            fix=fix,
            undo=asked_for(case, "{n} asked for a gradient"),
        )
    return Match(
        Severity.WARNING,
        place,
        lambda n: (
            f"`{flag} = False` freezes nothing: on {what} it is only a new attribute, so"
            f" {n} train{n.s} on"
        ),
        fix=fix,
        status=Status.TRAINS,
        undo=_trains_on(case),
    )


def _instead(case: Case, said: WrittenFlag, sources: Sources) -> tuple[str, Fix]:
    """What the flag was set on, and what has to be written."""
    flag, value, place = said
    if case.recording.dialect.edits != "torch":
        advice = f"the flag is called `trainable`: `.trainable = {value}`"
        return "it", mended(
            sources, place, advice, partial(rename_attribute, wrong=flag, right="trainable")
        )
    on_module = OWNER_FLAG_TYPO in case.variable.tags
    advice = f"call `.requires_grad_({value})` instead"
    if on_module:
        advice += ": it reaches every parameter"
    fix = mended(sources, place, advice, partial(flag_to_call, flag=flag))
    return "the module object" if on_module else "the tensor", fix


def _trains_on(case: Case) -> Undoing:
    """Nothing is changed: the flag did not keep it from being moved."""
    optimizer = nearest(case)
    if optimizer is None:
        return impossible("no optimizer is known that would move it")
    return updated(case, "the flag left as it is", like(optimizer))


def _all_frozen(case: Case) -> Match:
    return Match(
        Severity.ERROR,
        case.variable.frozen_at or case.variable.made_at,
        lambda n: (
            f"{n} {n.is_} frozen (`{_flag(case)}`), and nothing else asks for a"
            " gradient, so nothing trains"
        ),
        evidence=tuple(_said(case)),
        fix=Fix(
            case.recording.dialect.spelled(
                "give back `requires_grad_(True)` to what is to be trained"
            )
        ),
        group=("all", case.variable.model),
        undo=asked_for(case, "{n} asked for a gradient"),
    )


def _flag(case: Case) -> str:
    return case.recording.dialect.spelled("requires_grad=False")


def _any_held(case: Case) -> bool:
    return bool(case.run.held_models)


def _nothing_trains(case: Case) -> bool:
    """No variable of the run asks for a gradient, although one was asked of the loss."""
    run = case.run
    if run.training or any(v.trainable for v in case.recording.variables):
        return False
    if any({OWNER_FLAG_TYPO, FLAG_TYPO} & v.tags for v in case.recording.variables):
        return False  # the rest was frozen in earnest; what was to train has its own finding
    raised = any(message.raised for message in case.recording.messages)
    whole = WHOLE_MODEL_FROZEN in case.variable.tags or not run.stepped
    return raised or run.differentiated or (whole and bool(case.recording.optimizers))


def _said(case: Case) -> Iterator[str]:
    for message in case.recording.messages:
        if "does not require grad" in message.text:
            yield f"this is why backward fails{at(message.place)}: {message.text.splitlines()[0]}"
            return


def _in_source(project: Project) -> Iterator[Match]:
    yield from flags(project)
    yield from kept_frozen(project)


RULE = Rule("frozen", in_case=in_case, in_source=_in_source, healthy_too=True)
