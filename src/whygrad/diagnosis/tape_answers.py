"""What is behind the messages of TensorFlow and Keras about gradients, variable by variable."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from whygrad.causes.words import at, listed
from whygrad.flow.recording import EventKind, Message
from whygrad.flow.run import Run, best_gradient
from whygrad.flow.variable import Variable
from whygrad.model.finding import Finding, Severity
from whygrad.model.report import Gradient

Answer = Callable[[Run, Sequence[Finding], Message], str]

_SHOWN = 4


def pointer(finding: Finding) -> str:
    """How a sentence names a finding."""
    return f"`{finding.cause}`{at(finding.location)}"


def first_of(findings: Sequence[Finding], *causes: str) -> Finding | None:
    """The first finding of these causes."""
    return next((f for f in findings if f.cause in causes), None)


def _not_exist(run: Run, findings: Sequence[Finding], message: Message) -> str:
    quoted = f'Keras warns "Gradients do not exist for variables [...]"{at(message.place)}'
    named = _named(run, message.text)
    if not named:
        return f"{quoted}: which variables it means is not known by their names alone"
    return f"{quoted}: {'; '.join(_reasons(named, findings))}"


def _named(run: Run, text: str) -> list[Variable]:
    """The variables that a message lists, by the names that Keras or TensorFlow gave them."""
    inside = text[text.find("[") : text.rfind("]")]
    names = {name.removesuffix(":0") for name in re.findall(r"['\"]([^'\"]+)['\"]", inside)}
    return [
        variable
        for variable in run.recording.variables
        if names.intersection((variable.name, *variable.aliases))
        and best_gradient(variable) is Gradient.NONE
    ]


def _reasons(variables: Sequence[Variable], findings: Sequence[Finding]) -> Iterator[str]:
    """Each reason once, with those that it holds for."""
    groups: dict[int, tuple[Finding | None, list[str]]] = {}
    for variable in variables:
        found = next((f for f in findings if variable.name in f.variables), None)
        groups.setdefault(id(found), (found, []))[1].append(variable.name)
    for found, names in groups.values():
        more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
        shown = listed(names) if not more else ", ".join(f"`{n}`" for n in names[:_SHOWN])
        why = f"because of {pointer(found)}" if found is not None else "for a reason not seen"
        yield f"{shown}{more} get{'s' if len(names) == 1 else ''} none {why}"


def _none_provided(run: Run, findings: Sequence[Finding], message: Message) -> str:
    quoted = f'Keras says "No gradients provided for any variable"{at(message.place)}'
    asked = [v for v in run.recording.variables if v.trainable and not _has(v)]
    reasons = list(_reasons([v for v in asked if _told(v, findings)], findings))
    if reasons:
        return f"{quoted}: {'; '.join(reasons)}"
    return f"{quoted}: no variable of those that were asked for feeds this loss through the tape"


def _has(variable: Variable) -> bool:
    return best_gradient(variable) is not Gradient.NONE


def _told(variable: Variable, findings: Sequence[Finding]) -> bool:
    worse = (f for f in findings if f.severity is not Severity.NOTE)
    return any(variable.name in finding.variables for finding in worse)


def _unknown(run: Run, findings: Sequence[Finding], message: Message) -> str:
    quoted = f'Keras says "Unknown variable: ..."{at(message.place)}'
    found = first_of(findings, "stale-optimizer", "not-in-optimizer", "created-in-forward")
    because = f", because of {pointer(found)}" if found is not None else ""
    return (
        f"{quoted}: the optimizer was given a variable that was not among those of its first update"
        f" or of `optimizer.build(...)`{because}; make all variables before that, or make a new"
        " optimizer"
    )


def _spent(run: Run, findings: Sequence[Finding], message: Message) -> str:
    quoted = 'TensorFlow says "A non-persistent GradientTape can only be used to compute one set of'
    asked = run.events(EventKind.DIFFERENTIATED)
    first = f" was asked{at(asked[-1].place)} already" if asked else " was asked already"
    return (
        f'{quoted} gradients"{at(message.place)}: the tape{first}, and let go of what it had'
        " recorded; ask once for one list of all variables, or give it `persistent=True`"
    )


ANSWERS: Final[Mapping[str, Answer]] = {
    "Gradients do not exist for variables": _not_exist,
    "No gradients provided for any variable": _none_provided,
    "Unknown variable: ": _unknown,
    "A non-persistent GradientTape can only be used to": _spent,
}
