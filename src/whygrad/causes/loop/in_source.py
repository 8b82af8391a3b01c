"""What can be seen of this family without running anything: the order of a step, what is held."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Final

from whygrad.causes.rule import Match, Subject
from whygrad.model.finding import Severity
from whygrad.model.source import Fix, SourceLocation
from whygrad.source.dataflow.losing import place_of
from whygrad.source.edits import (
    ask_for_updated,
    call_it,
    clear_after_step,
    clear_each_step,
    hand_instead,
    keep_result,
    list_of,
    move_after,
    step_after,
)
from whygrad.source.loops import uncalled
from whygrad.source.module import SourceModule
from whygrad.source.project.project import Project
from whygrad.source.training import holding, order, tapes
from whygrad.source.training.faults import Fault

_MESSAGES: Final = {
    "cleared": "{n} never move{s}: the gradients are cleared between `backward` and the step of"
    " {optimizer}, so every step has nothing to apply",
    "never stepped": "{n} get{s} a gradient and never move{s}: `step()` of {optimizer} is never"
    " called",
    "never differentiated": "{n} never move{s}: {optimizer} takes a step, and `backward` is never"
    " called, so there is no gradient to apply",
    "not cleared": "the gradients of {n} are never cleared: each backward adds to those of all"
    " steps before, so every update repeats the old ones",
    "stale": "{n} came after {optimizer} was built: the optimizer still updates what was there"
    " before, and nothing updates {it}",
    "late": "{n} get{s} a gradient, but no optimizer holds {it}: {they} came after {optimizer}"
    " was built",
    "empty": "{n} {is_} not handed to {optimizer}: the generator has already given all its items,"
    " and gives them once",
    "rate": "{n} never move{s}: {optimizer} has a learning rate of 0",
    "schedule": "the schedule multiplies the rate by 0 in each of the first 100 steps, so nothing"
    " moves",
    "late schedule": "nothing moves at first: the schedule multiplies the rate by 0 in each of its"
    " first {count} steps",
    "unlisted": "the loss depends on {n}, and no gradient is asked for {it}: nothing updates {it}",
    "unapplied": "{n} get{s} a gradient and never move{s}: the gradients are applied to other"
    " variables only",
    "mispaired": "{n} {is_} updated with the gradients of other variables: {its} own are never"
    " asked for",
    "stale list": "{n} came after the list of variables was taken: gradients are asked for what was"
    " there before, and nothing updates {it}",
    "never applied": "{n} get{s} a gradient and never move{s}: nothing is made of the gradients"
    " that are asked for here",
    "dropped": "{n} never move{s}: {optimizer} gives new values and changes nothing in its place,"
    " and nobody keeps them",
    "forgotten": "{n} get{s} a gradient, but no optimizer holds {it}",
    "misplaced": "{n} get{s} a gradient, but no optimizer holds {it}: {optimizer} holds {instead},"
    " which the loss keeps still",
}

_CALLS: Final = {
    "never stepped": "step",
    "never differentiated": "backward",
}
"""The call that is missing."""


def step_missing(project: Project) -> Iterator[Match]:
    """Backward or step is never called, or gradients are cleared between them."""
    for fault in order.missing(project):
        yield from _match(project, fault, Severity.ERROR, _step_fix)
    for fault in (*tapes.never_applied(project), *tapes.dropped_updates(project)):
        severity = Severity.ERROR if fault.certain else Severity.WARNING
        yield from _match(project, fault, severity, _apply_fix)


def grads_not_cleared(project: Project) -> Iterator[Match]:
    """Gradients pile up."""
    for fault in order.not_cleared(project):
        yield from _match(project, fault, Severity.WARNING, _clear_fix)


def stale_optimizer(project: Project) -> Iterator[Match]:
    """The model was changed after the optimizer was built."""
    for fault in holding.stale(project):
        if fault.kind == "stale":
            yield from _match(project, fault, Severity.ERROR, _stale_fix)
    for fault in tapes.replaced_after_list(project):
        yield from _match(project, fault, Severity.ERROR, _relist_fix)


def not_in_optimizer(project: Project) -> Iterator[Match]:
    """An empty generator, or something that nobody handed over."""
    for fault in holding.emptied(project):
        yield from _match(project, fault, Severity.ERROR, _list_fix)
    for fault in holding.stale(project):
        if fault.kind == "late":
            yield from _match(project, fault, Severity.WARNING, _stale_fix)
    for fault in holding.misplaced(project):
        yield from _match(project, fault, Severity.ERROR, _instead_fix)
    for fault in holding.forgotten(project):
        severity = Severity.ERROR if fault.certain else Severity.WARNING
        yield from _match(project, fault, severity, _hand_fix)
    for fault in tapes.unapplied(project):
        yield from _match(project, fault, Severity.ERROR, _zip_fix)
    for fault in tapes.unlisted(project):
        if fault.kind == "unlisted":
            yield from _match(project, fault, Severity.WARNING, _list_all_fix)


def zero_learning_rate(project: Project) -> Iterator[Match]:
    """A rate of 0 that nothing raises."""
    for fault in holding.without_rate(project):
        severity = Severity.ERROR if fault.certain else Severity.WARNING
        yield from _match(project, fault, severity, _rate_fix)


def _match(project: Project, fault: Fault, severity: Severity, fix: object) -> Iterator[Match]:
    found = place_of(project, fault.site)
    if found is None:
        return
    module, place = found
    assert callable(fix)
    evidence, made = tuple(_evidence(project, fault)), fix(project, module, place, fault)
    method = _CALLS.get(fault.kind)
    cleared = _other(project, fault) if fault.kind == "never stepped" else None
    bare = uncalled(module, place, method, cleared) if method is not None else None
    if bare is not None:
        place, evidence = bare, (f"`{bare.source}` without `()` calls nothing", *evidence)
        edits = call_it(module, bare) or ()
        made = Fix(f"call it: `{bare.source}()`", edits, safe=made.safe)
    yield Match(
        severity,
        place,
        partial(_message, fault),
        evidence=evidence,
        fix=made,
        variables=fault.names,
        framework=fault.framework,
    )


def _message(fault: Fault, names: Subject) -> str:
    n = str(names) if names.names else "what is trained"
    one = names.one or not names.names
    return _MESSAGES[fault.kind].format(
        n=n,
        s="s" if one else "",
        it="it" if one else "them",
        its="its" if one else "their",
        they="it" if one else "they",
        is_="is" if one else "are",
        optimizer=_optimizer(fault),
        count=fault.instead,
        instead=f"`{fault.instead}`" if fault.instead else "another network",
    )


def _optimizer(fault: Fault) -> str:
    name = fault.optimizer
    return f"the {name} optimizer" if name[:1].isupper() else f"`{name}`"


def _evidence(project: Project, fault: Fault) -> Iterator[str]:
    if fault.other is None:
        return
    found = place_of(project, fault.other)
    said = {
        "cleared": "the step is",
        "never stepped": "its gradients are cleared",
        "not cleared": "`backward` is",
        "stale": "the optimizer is built",
        "late": "the optimizer is built",
        "empty": "it is made",
        "unapplied": "the gradients are asked for",
        "mispaired": "the gradients are asked for",
        "stale list": "the gradients are asked for",
    }.get(fault.kind)
    if found is not None and said is not None:
        yield f"{said} at {found[1]}"


def _other(project: Project, fault: Fault) -> SourceLocation | None:
    found = place_of(project, fault.other) if fault.other is not None else None
    return found[1] if found is not None else None


def _step_fix(project: Project, module: SourceModule, place: SourceLocation, fault: Fault) -> Fix:
    if fault.kind == "cleared":
        step = _other(project, fault)
        edits = clear_after_step(module, place, step) if step is not None else None
        return Fix("clear the gradients before `backward`, or after the step", edits or ())
    if fault.kind == "never stepped":
        cleared = _other(project, fault)
        edits = step_after(module, place, cleared) if cleared is not None else None
        return Fix("call `step()` of the optimizer after `backward`", edits or ())
    return Fix("call `loss.backward()` before the step")


def _clear_fix(project: Project, module: SourceModule, place: SourceLocation, fault: Fault) -> Fix:
    backward = _other(project, fault)
    edits = clear_each_step(module, backward, place) if backward is not None else None
    message = "call `optimizer.zero_grad()` once a step, before backward"
    return Fix(message, edits or (), safe=False)


def _stale_fix(project: Project, module: SourceModule, place: SourceLocation, fault: Fault) -> Fix:
    built = _other(project, fault)
    edits = None
    if built is not None and built.path == place.path:
        edits = move_after(module, built, place)
    return Fix("build the optimizer after the model has its final form", edits or ())


def _apply_fix(project: Project, module: SourceModule, place: SourceLocation, fault: Fault) -> Fix:
    if fault.kind == "dropped":
        edits = keep_result(module, place) if fault.certain else None
        return Fix("keep what it gives, and go on with that", edits or ())
    if fault.framework == "jax":
        return Fix("give them to the optimizer's `update`, and keep what comes of it")
    return Fix("apply them: `optimizer.apply_gradients(zip(gradients, variables))`")


def _zip_fix(project: Project, module: SourceModule, place: SourceLocation, fault: Fault) -> Fix:
    if fault.kind != "mispaired":
        return Fix("apply the gradients to the list of variables that they were asked for")
    asked = _other(project, fault)
    edits = ask_for_updated(module, asked, place) if asked is not None else None
    return Fix("ask for the gradients of the list that is updated", edits or ())


def _relist_fix(project: Project, module: SourceModule, place: SourceLocation, fault: Fault) -> Fix:
    return Fix(
        "take the list of variables after the model has its final form; a layer of Keras has"
        " variables once it is called"
    )


def _list_all_fix(
    project: Project, module: SourceModule, place: SourceLocation, fault: Fault
) -> Fix:
    if fault.framework == "jax":
        return Fix("differentiate with respect to it too, and give the gradient to the optimizer")
    return Fix("put it into the list, or say that it is to stay: `trainable = False`")


def _list_fix(project: Project, module: SourceModule, place: SourceLocation, fault: Fault) -> Fix:
    made = _other(project, fault)
    edits = list_of(module, made) if made is not None and made.path == place.path else None
    return Fix("make a list of it before it is read: `list(model.parameters())`", edits or ())


def _instead_fix(
    project: Project, module: SourceModule, place: SourceLocation, fault: Fault
) -> Fix:
    one = len(fault.names) == 1 and fault.instead
    edits = hand_instead(module, place, fault.instead, fault.names[0]) if one else None
    message = f"hand over `{fault.names[0]}`" if one else "hand over the network that is to train"
    return Fix(message, edits or ())


def _hand_fix(project: Project, module: SourceModule, place: SourceLocation, fault: Fault) -> Fix:
    return Fix("give it to the optimizer, or say that it is to stay: `requires_grad_(False)`")


def _rate_fix(project: Project, module: SourceModule, place: SourceLocation, fault: Fault) -> Fix:
    if fault.kind in ("schedule", "late schedule"):
        return Fix("let the factor grow from the first step on: `(step + 1) / n`")
    return Fix("give it a rate above 0, or freeze the variables openly")
