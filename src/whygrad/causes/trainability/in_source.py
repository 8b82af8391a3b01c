"""What can be seen of this family without a run: flags that are written where they mean nothing."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Final

from whygrad.causes.rule import Match, Subject
from whygrad.model.finding import Severity
from whygrad.model.source import Fix, SourceLocation
from whygrad.source.dataflow.losing import place_of
from whygrad.source.edits import flag_to_call, rename_attribute
from whygrad.source.module import SourceModule
from whygrad.source.project.keras_version import Keras, keras_of
from whygrad.source.project.project import Project
from whygrad.source.training import making, tapes
from whygrad.source.training.faults import Fault


def flags(project: Project) -> Iterator[Match]:
    """`layer.requires_grad = True`, `p.require_grad = False`."""
    for fault in making.flags(project):
        found = place_of(project, fault.site)
        if found is None:
            continue
        module, place = found
        statement = module.statement_of(place)
        place = module.span(statement) if statement is not None else place
        yield Match(
            Severity.ERROR if fault.certain else Severity.WARNING,
            place,
            partial(_message, fault),
            fix=_fix(module, place, fault),
            variables=fault.names,
            framework="tensorflow" if _meant(fault.optimizer) == "trainable" else "torch",
        )


def kept_frozen(project: Project) -> Iterator[Match]:
    """Flags of Keras that `compile` did not see, or that leave nothing to train."""
    for fault in tapes.refrozen(project):
        found = place_of(project, fault.site)
        keras = keras_of(project, fault.site.path)
        legacy = keras.major != 3 or "tf_keras" in project.text(fault.site.path)
        if found is None or (fault.kind == "since" and legacy):
            continue
        module, place = found
        statement = module.statement_of(place)
        certain = fault.kind != "since" or keras.certain
        yield Match(
            Severity.ERROR if certain else Severity.WARNING,
            module.span(statement) if statement is not None else place,
            partial(_keras_message, fault.kind),
            evidence=(_which(keras),) if fault.kind == "since" else (),
            fix=Fix(_KERAS_FIXES[fault.kind]),
            variables=fault.names,
            framework="tensorflow",
        )


def _which(keras: Keras) -> str:
    """Which Keras it is; of an older one the same words would not hold."""
    return keras.why.replace("would track it", "reads the flag at `compile`")


_KERAS_FIXES: Final = {
    "thawed": "call `compile` again after the flag is set",
    "since": "set the flag back before this model is trained, or freeze it in the other model only",
    "all": "leave something trainable, e.g. the head",
}


def _keras_message(kind: str, names: Subject) -> str:
    if kind == "thawed":
        return (
            f"{names} {names.is_} still frozen: Keras reads the flag when the model is compiled,"
            " and `compile` is not called again"
        )
    if kind == "since":
        return (
            f"{names} never train{names.s}: Keras 3 reads the flag when it trains, so what is"
            " frozen for another model is frozen for this one too"
        )
    return f"{names} {names.is_} frozen, and nothing is left to train"


def _message(fault: Fault, names: Subject) -> str:
    flag = fault.optimizer or "requires_grad"
    if fault.kind.startswith("misspelled"):
        value = "True" if fault.kind.endswith("on") else "False"
        return (
            f"`{flag} = {value}` does nothing: the flag is called `{_meant(flag)}`, and this only"
            " makes a new attribute"
        )
    if fault.kind == "on":
        return (
            f"{names} {names.is_} still frozen: `{flag} = True` on the module object only makes a"
            " new attribute of that name"
        )
    return (
        f"`{flag} = False` freezes nothing: on the module object it is only a new attribute, so"
        f" {names} train{names.s} on"
    )


def _fix(module: SourceModule, place: SourceLocation, fault: Fault) -> Fix:
    if fault.kind.startswith("misspelled"):
        meant = _meant(fault.optimizer)
        edits = rename_attribute(module, place, fault.optimizer, meant)
        return Fix(f"the flag is called `{meant}`", edits or ())
    value = "True" if fault.kind == "on" else "False"
    message = f"call `.requires_grad_({value})` instead: it reaches every parameter"
    return Fix(message, flag_to_call(module, place) or ())


def _meant(flag: str) -> str:
    """How a flag is spelled."""
    return "trainable" if flag.startswith("t") else "requires_grad"
