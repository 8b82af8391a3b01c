"""What can be seen of this family without a run: flags that are written where they mean nothing."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from whygrad.causes.rule import Match, Subject
from whygrad.model.finding import Severity
from whygrad.model.source import Fix, SourceLocation
from whygrad.source.dataflow.losing import place_of
from whygrad.source.edits import flag_to_call, rename_attribute
from whygrad.source.module import SourceModule
from whygrad.source.project.project import Project
from whygrad.source.training import making
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
        )


def _message(fault: Fault, names: Subject) -> str:
    flag = fault.optimizer or "requires_grad"
    if fault.kind.startswith("misspelled"):
        value = "True" if fault.kind.endswith("on") else "False"
        return (
            f"`{flag} = {value}` does nothing: the flag is called `requires_grad`, and this only"
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
        edits = rename_attribute(module, place, fault.optimizer, "requires_grad")
        return Fix("the flag is called `requires_grad`", edits or ())
    value = "True" if fault.kind == "on" else "False"
    message = f"call `.requires_grad_({value})` instead: it reaches every parameter"
    return Fix(message, flag_to_call(module, place) or ())
