"""What can be seen of this family without running anything: ways that are cut, results dropped."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from functools import partial
from typing import Final

from whygrad.causes.graph.alternatives import alternative
from whygrad.causes.mend import unflagged
from whygrad.causes.rule import InSource, Match, Subject
from whygrad.model.finding import Severity
from whygrad.model.source import Fix, SourceLocation
from whygrad.source.dataflow.losing import Lost, dropped, lost, place_of
from whygrad.source.dataflow.values import Cause
from whygrad.source.edits import (
    drop_array,
    drop_call,
    drop_cut,
    drop_decorator,
    drop_exit,
    drop_rewrap,
    drop_with,
    into_tape,
    rename_attribute,
    straight_through,
    weighs_classes,
)
from whygrad.source.module import SourceModule
from whygrad.source.project.project import Project
from whygrad.source.training import tapes

_FRAMEWORKS: Final = {"torch": "PyTorch", "tensorflow": "TensorFlow", "jax": "JAX"}
Made = Callable[[SourceModule, SourceLocation, Lost], Fix]
INSIDE: Final = "compute it inside of `with tf.GradientTape() as tape:`, as all of the loss"
_REGIONS: Final = frozenset({"no_grad", "inference_mode"})


def _detached(module: SourceModule, place: SourceLocation, one: Lost) -> Fix:
    if one.cut.op == "stop_gradient":
        edits = drop_call(module, place, "stop_gradient")
        return Fix(f"drop {_spelled(one)}", edits or (), safe=False)
    if weighs_classes(module, place):
        return Fix('weigh each loss yourself: `reduction="none"`, times the weights')
    names = frozenset({"detach", "detach_", "data"})
    return Fix(f"drop {_spelled(one)}", drop_cut(module, place, names) or (), safe=False)


def _disabled(module: SourceModule, place: SourceLocation, one: Lost) -> Fix:
    if one.cut.op == "GradientTape":
        return Fix(INSIDE, into_tape(module, place) or ())
    if one.cut.op == "stop_recording":
        return Fix("compute it where the tape records")
    edits = drop_decorator(module, place) or drop_with(module, place, _REGIONS)
    return Fix(f"take `{place.source}` off this code", edits or (), safe=False)


def _left(module: SourceModule, place: SourceLocation, one: Lost) -> Fix:
    if one.framework != "torch":
        if one.cut.op.startswith(".predict"):
            return Fix("call the model itself, `model(x, training=True)`: `predict` gives arrays")
        kept = drop_array(module, place) if one.framework == "tensorflow" else None
        if kept is not None:
            return Fix(f"keep the tensor: drop {_spelled(one)}", kept)
        return Fix(
            "compute with TensorFlow's own functions, and take numbers out for printing only"
        )
    message = "compute with the tensor itself, and take numbers out for printing only"
    if one.cut.op not in (".item()", "float()"):
        return Fix(message)
    outer = _outermost(module, place)
    edits = drop_exit(module, place, outer) if outer is not None else None
    if edits is not None:
        return Fix(f"keep the tensor: drop {_spelled(one)}", edits)
    # What else is done with the number may need one.
    edits = drop_cut(module, place, frozenset({"item", "float"}))
    return Fix(f"keep the tensor: drop {_spelled(one)}", edits or (), safe=False)


def _outermost(module: SourceModule, place: SourceLocation) -> SourceLocation | None:
    """The arithmetic, or the new tensor, that an expression goes into in its statement."""
    node: ast.AST | None = module.expression_at(place)
    found = None
    while node is not None:
        node = module.parent(node)
        if isinstance(node, (ast.BinOp, ast.UnaryOp)):
            found = node
        elif isinstance(node, ast.Call) and found is None:
            return module.span(node)
        elif not isinstance(node, ast.expr):
            break
    return module.span(found) if found is not None else None


def _rewrapped(module: SourceModule, place: SourceLocation, one: Lost) -> Fix:
    if one.framework != "torch":
        return Fix("use the computed tensor itself")
    edits = drop_rewrap(module, place, holds_tensors=True)
    # With a dtype or a device it does more than to copy.
    plain = "dtype" not in (place.source or "") and "device" not in (place.source or "")
    return Fix("use the computed tensor itself", edits or (), safe=one.certain and plain)


def _custom(module: SourceModule, place: SourceLocation, one: Lost) -> Fix:
    return Fix(f"let the gradient function of `{one.cut.op}` give the gradient of that argument")


def _no_gradient(module: SourceModule, place: SourceLocation, one: Lost) -> Fix:
    edits = straight_through(module, place)
    if one.cut.op == "sample":
        edits = rename_attribute(module, place, "sample", "rsample")
    return Fix(
        f"differentiable instead: {alternative(one.cut.op, one.framework)}", edits or (), safe=False
    )


_FIXES: Final[dict[Cause, Made]] = {
    Cause.DETACHED: _detached,
    Cause.GRAD_DISABLED: _disabled,
    Cause.LEFT: _left,
    Cause.REWRAPPED: _rewrapped,
    Cause.NOT_DIFFERENTIABLE: _no_gradient,
    Cause.CUSTOM: _custom,
}


def cuts(cause: str) -> InSource:
    """A detector for one cause of this family."""

    def in_source(project: Project) -> Iterator[Match]:
        for one in lost(project):
            found = place_of(project, one.cut.site)
            if one.cut.cause.value != cause or found is None:
                continue
            module, place = found
            yield Match(
                Severity.ERROR if one.certain else Severity.WARNING,
                place,
                partial(_message, one),
                evidence=tuple(_evidence(project, one)),
                fix=unflagged(module, _FIXES[one.cut.cause](module, place, one)),
                variables=one.names,
                framework=one.framework,
            )

    return in_source


def _message(one: Lost, names: Subject) -> str:
    said = _saying(one)
    if one.whole:
        what = f"{names} get{names.s}" if one.names else "nothing gets"
        return f"{what} a gradient from this loss: {said}".replace(
            " a gradient", " no gradient" if one.names else " a gradient", 1
        )
    return f"{names} get{names.s} no gradient: {said}"


def _saying(one: Lost) -> str:
    said = _spelled(one)
    if one.cut.cause is Cause.DETACHED:
        return f"{said} lets the numbers through and stops the gradient"
    if one.cut.op == "GradientTape":
        return "this is computed while the tape is not open, so the tape does not know of it"
    if one.cut.op == "stop_recording":
        return "the tape does not record what is computed under `stop_recording`"
    if one.cut.cause is Cause.CUSTOM:
        return f"the gradient function of {said} gives nothing for it"
    if one.cut.cause is Cause.GRAD_DISABLED:
        if one.cut.op == "set_grad_enabled":
            said = "`torch.set_grad_enabled(False)`"
        return f"{said} is in force while the loss is computed"
    if one.cut.cause is Cause.LEFT:
        return (
            f"{said} takes the value out of {_FRAMEWORKS[one.framework]}, where no gradient is"
            " known, and what comes back is a constant"
        )
    if one.cut.cause is Cause.REWRAPPED:
        return (
            f"{said} copies the value into a new {_leaf(one)} that does not know what it was"
            " computed from"
        )
    return f"{said} has no gradient"


def _leaf(one: Lost) -> str:
    return "tensor" if one.framework == "torch" else "variable"


def _spelled(one: Lost) -> str:
    op = one.cut.op
    if op in ("detach", "detach_"):
        return f"`.{op}()`"
    return f"`{op}`"


def _evidence(project: Project, one: Lost) -> Iterator[str]:
    if one.whole:
        for site in one.others[:1]:
            found = place_of(project, site)
            if found is not None:
                yield f"no way leads from what is differentiated at {found[1]} to any weight"
        return
    yield "every way from it that can be followed in the source is cut"
    if not one.certain:
        yield "other parts of the same module do get a gradient"


def unused(project: Project) -> Iterator[Match]:
    """What an optimizer holds and no loss depends on."""
    groups: dict[SourceLocation, list[str]] = {}
    frameworks: dict[SourceLocation, str] = {}
    for one in dropped(project):
        site = one.used or one.root.site
        found = place_of(project, site) if site is not None else None
        if found is None:
            continue
        module, place = found
        if one.used is None:
            statement = module.statement_of(place)
            place = module.span(statement) if statement is not None else place
        frameworks[place] = one.framework
        groups.setdefault(place, []).append(f"{one.name}|{'' if one.used else 'never'}")
    for place, several in groups.items():
        never = several[0].endswith("|never")
        yield Match(
            # A layer of Keras that is never called makes no weights at all.
            Severity.WARNING if never and frameworks[place] != "torch" else Severity.ERROR,
            place,
            partial(_unused_message, never),
            evidence=("no loss that can be followed in the source depends on it",),
            fix=Fix(
                "call it in `forward`, or take it out of the model"
                if never
                else "use the result, or take the variable out of the model"
            ),
            variables=tuple(dict.fromkeys(s.partition("|")[0] for s in several)),
            framework=frameworks[place],
        )


def _unused_message(never: bool, names: Subject) -> str:
    if never:
        return f"{names} {names.is_} never used: no gradient will ever reach {names.it}"
    return f"{names} {names.does} not feed the loss: what is computed with {names.it} is dropped"


def not_watched(project: Project) -> Iterator[Match]:
    """What a tape is asked about and does not follow."""
    for fault in tapes.unwatched(project):
        found = place_of(project, fault.site)
        if found is None:
            continue
        plain = fault.kind == "plain"
        yield Match(
            Severity.ERROR,
            found[1],
            _plain_message if plain else _manual_message,
            fix=Fix(
                "make it a `tf.Variable`, or call `tape.watch(...)` before it is used"
                if plain
                else "watch it too, or let the tape watch what is accessed"
            ),
            variables=fault.names,
            framework=fault.framework,
        )


def _plain_message(names: Subject) -> str:
    what = f"{names} get{names.s}" if names.names else "a plain tensor gets"
    return f"{what} no gradient: a tape follows a plain tensor only if it is told to watch it"


def _manual_message(names: Subject) -> str:
    return (
        f"{names} get{names.s} no gradient: the tape is told not to watch what is accessed, and not"
        f" told to watch {names.it}"
    )
