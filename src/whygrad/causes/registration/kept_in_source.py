"""What can be seen without a run of what a model of TensorFlow, Keras or Flax keeps to itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Final

from whygrad.causes.registration.ordering import registering
from whygrad.causes.rule import Match, Subject
from whygrad.causes.words import at
from whygrad.model.finding import Severity
from whygrad.model.source import Edit, Fix, SourceLocation
from whygrad.source.classes import creating, replacing, unkept
from whygrad.source.classes.held import Holds
from whygrad.source.classes.known import Base
from whygrad.source.classes.unkept import Unkept
from whygrad.source.dataflow.losing import place_of
from whygrad.source.dataflow.values import Site
from whygrad.source.edits import (
    Edits,
    assign_instead,
    make_once,
    make_param,
    make_trainable,
    make_variable,
    make_weight,
    make_weights,
    move_inside_variable,
)
from whygrad.source.project.project import Project
from whygrad.source.training import tapes

MAKE_ONCE: Final = "make it once, in the constructor, and use it in the call"
_LISTING: Final = {
    Base.KERAS: "`trainable_variables`",
    Base.KERAS_2: "`trainable_variables`",
    Base.KERAS_LOSS: "`trainable_variables`",
    Base.TENSORFLOW: "`trainable_variables`",
    Base.NNX: "`nnx.Param` state",
}
_WHOSE: Final = {
    Base.TENSORFLOW: "a `tf.Module`", Base.KERAS: "Keras 3",
}  # fmt: skip
_LOST: Final = "so no optimizer updates {it}, and `save_weights()` does not save {it}"
_DERIVES: Final = {Base.TENSORFLOW: "tf.Module"}
_SIGNS: Final = {
    "Mult": "*", "Add": "+", "Sub": "-", "Div": "/", "MatMult": "@", "Pow": "**", "USub": "-",
}  # fmt: skip


def tensors(project: Project) -> Iterator[Match]:
    """Variables that Keras 3 does not track, and random tensors that nobody trains."""
    for found in unkept.variables(project):
        # What a helper makes is the helper's to make in another way.
        edits = make_weight(found.seen.module, found.seen.statement) if found.direct else None
        yield _match(
            found,
            lambda n: (
                f"{n} never train{n.s}: a tape watches {n.it}, but Keras 3 does not track a"
                f" `tf.Variable`: `trainable_variables` does not list {n.it}, "
                + _LOST.format(it=n.it)
            ),
            _added(project, found, "register it: `self.add_weight(...)`", edits),
        )
    yield from _of_losses(project)
    for found in unkept.tensors(project):
        yield _match(
            found,
            lambda n, listing=_LISTING[found.kept.base]: (  # type: ignore[misc]
                f"{n} {n.is_} random and used like a weight, but {n.is_} a plain tensor, which"
                f" {listing} does not list: {n.its} numbers stay as they are"
            ),
            _registered(project, found),
        )


def _of_losses(project: Project) -> Iterator[Match]:
    by_hand = unkept.has_tape(project)
    left = [f for f in tapes.unlisted(project) if f.kind == "of a loss"] if by_hand else []
    for found in unkept.of_losses(project):
        asked = [f.other for f in left if _is_in(f.site, found.seen.statement)]
        if by_hand and not asked:
            continue
        where = place_of(project, asked[0]) if asked and asked[0] is not None else None
        more = f"; or put it into the list that gradients are asked for{at(where and where[1])}"
        yield _match(
            found,
            lambda n: (
                f"{n} never train{n.s}: a loss object is no part of the model, so"
                f" `trainable_variables` does not list {n.it}, and no optimizer updates {n.it}"
            ),
            Fix(
                "make it a weight of the model, `self.add_weight(...)`, and let the loss use that"
                + more * bool(asked)
            ),
        )


def _is_in(site: Site, place: SourceLocation) -> bool:
    last = place.end_line or place.line
    return site.path == place.path and place.line <= site.line <= last


def _registered(project: Project, found: Unkept) -> Fix:
    if found.kept.base is Base.NNX:
        edits = make_param(found.seen.module, found.seen.statement)
        return Fix("make it a parameter: `nnx.Param(...)`", edits or (), safe=False)
    if found.kept.base is Base.TENSORFLOW:
        edits = make_variable(found.seen.module, found.seen.statement)
        return Fix("make it a variable: `tf.Variable(...)`", edits or ())
    edits = make_weight(found.seen.module, found.seen.statement) or ()
    if found.is_keras_2 and any("Variable(" in edit.text for edit in edits):
        edits = ()  # Keras 2 has no `keras.Variable`
    return _added(project, found, "register it: `self.add_weight(...)`", edits)


def _added(project: Project, found: Unkept, message: str, edits: Edits | None) -> Fix:
    return registering(project, found.seen.module, found.seen.statement, message, edits)


def containers(project: Project) -> Iterator[Match]:
    """Variables and modules where Keras 3, or a `tf.Module`, does not look."""
    for found in unkept.containers(project):
        names = sorted({_short(held.name) for held in found.learning if held.name})
        variables = all(held.what is Holds.PARAMETER for held in found.learning)
        keras = found.kept.base is Base.KERAS
        edits = None
        if variables and keras:
            edits = make_weights(found.seen.module, found.seen.statement)
        yield _match(
            found,
            partial(_unlooked, found),
            _added(project, found, _instead(found, variables), edits)
            if variables and keras
            else Fix(_instead(found, variables)),
            *((f"it holds {', '.join(f'`{name}`' for name in names[:3])}",) if names else ()),
        )


def _unlooked(found: Unkept, n: Subject) -> str:
    return f"what is in {n} never trains: {_why_unlooked(found)}, " + _LOST.format(it="it")


def _short(name: str) -> str:
    return "tf.Variable" if name == "tensorflow.Variable" else name.rpartition(".")[2]


def _why_unlooked(found: Unkept) -> str:
    if all(held.what is Holds.OTHER for held in found.learning):
        whose = _WHOSE.get(found.kept.base, "Keras")
        name = found.learning[0].name.rpartition(".")[2]
        return f"{whose} does not look into an object like `{name}`, which is no layer"
    if found.kept.base is not Base.KERAS:
        return "a `tf.Module` does not find the variables of Keras 3"
    if found.container == "deque":
        return "Keras 3 does not look into a `deque`"
    if all(held.what is Holds.MODULE for held in found.learning):
        return "Keras 3 does not look into a `tf.Module`"
    return "Keras 3 tracks no `tf.Variable`, not in a container either"


def _instead(found: Unkept, variables: bool) -> str:
    if all(held.what is Holds.OTHER for held in found.learning):
        of = _DERIVES.get(found.kept.base, "keras.layers.Layer")
        return f"derive that class from `{of}`, or keep what is in it in attributes of the model"
    if found.kept.base is not Base.KERAS:
        return "derive the class from `keras.layers.Layer`, or hand these variables on as well"
    if found.container == "deque":
        return "keep it in a list"
    if variables:
        return "make them with `self.add_weight(...)`"
    return "derive that class from `keras.layers.Layer`, and make its variables by `add_weight`"


def computed(project: Project) -> Iterator[Match]:
    """The result of an operation on a variable, kept instead of the variable."""
    for found in unkept.computed(project):
        edits = None
        if found.kept.base in (Base.TENSORFLOW, Base.KERAS_2, Base.NNX):
            edits = move_inside_variable(found.seen.module, found.seen.statement)
        name = found.kept.made[0].name.rpartition(".")[2]
        op = f"`{_SIGNS[name]}`" if name in _SIGNS else f"`{name}`"
        kept = f"self.{found.kept.attribute}"
        match = _match(
            found,
            lambda n, kept=kept, op=op: (  # type: ignore[misc]
                f"`{kept}` is no variable but the result of {op} on one, computed once: no step of"
                " the optimizer changes it"
            ),
            Fix(_alive(found) if edits is None else _FIRST, edits or ()),
        )
        # Nothing else reads these, so they do not train either.
        behind = (f"self.{name}" for name in found.behind)
        yield replace(match, variables=(*behind, kept))


_FIRST: Final = "do the arithmetic first, on the values that it begins with"


def _alive(found: Unkept) -> str:
    """What to do where the variable itself is to stay."""
    held = " and ".join(f"`self.{name}`" for name in found.behind)
    if held:
        return f"compute it from {held} where it is used: in each call anew"
    return "keep the variable itself, and compute this from it where it is used"


def untrainable(project: Project) -> Iterator[Match]:
    """A random weight with `trainable=False`."""
    for found in unkept.untrainable(project):
        if found.kept.base is Base.NNX:
            yield _no_param(found)
            continue
        edits = make_trainable(found.seen.module, found.seen.statement)
        yield _match(
            found,
            lambda n: (
                f"{n} {n.is_} random and used like a weight, but made with `trainable=False`:"
                f" {n.its} numbers stay as they are"
            ),
            Fix(
                "make it with `trainable=True`, which is what is meant where nothing is said",
                edits or (),
                safe=False,
            ),
        )


def _no_param(found: Unkept) -> Match:
    return _match(
        found,
        lambda n: (
            f"{n} {n.is_} random and used like a weight, but {n.is_} no `nnx.Param`, so no"
            f" optimizer over `nnx.Param` updates {n.it}: {n.its} numbers stay as they are"
        ),
        Fix(
            "make it a parameter: `nnx.Param(...)`",
            make_param(found.seen.module, found.seen.statement) or (),
            safe=False,
        ),
    )


def integers(project: Project) -> Iterator[Match]:
    """A variable of integers that is calculated with."""
    for found in unkept.integers(project):
        yield _match(
            found,
            lambda n: (
                f"{n} cannot train: {n.its} dtype is an integer, and only floating point numbers"
                " have a gradient"
            ),
            Fix("make it of floats: `tf.Variable(2.0)`, `dtype=tf.float32`"),
        )


def replaced(project: Project) -> Iterator[Match]:
    """`self.w = self.w * 0.99` in a method that is called in every step."""
    for found in replacing.replaced(project):
        edits = assign_instead(found.module, found.place)
        yield Match(
            Severity.ERROR if found.certain else Severity.WARNING,
            found.place,
            lambda n: (
                f"{n} {n.is_} a variable no more after this line, but a tensor: what the optimizer"
                f" updates, and what {n.it} is computed from, part here"
            ),
            fix=Fix(
                f"write into the variable instead: `self.{found.kept.attribute}.assign(...)`",
                edits or (),
                safe=False,
            ),
            variables=(f"self.{found.kept.attribute}",),
            framework="tensorflow",
        )


def created(project: Project) -> Iterator[Match]:
    """Layers and variables made by a model's own call."""
    for found in creating.created(project):
        yield Match(
            Severity.ERROR,
            found.place,
            lambda n: (
                f"{n} {n.is_} made anew at every call, with fresh numbers, so nothing that training"
                f" does to {n.it} stays"
            ),
            fix=Fix(MAKE_ONCE, _made_once(project, found.place), safe=False),
            variables=(found.name,),
            framework="jax" if found.base in (Base.NNX, Base.EQUINOX) else "tensorflow",
        )


def _made_once(project: Project, place: SourceLocation) -> tuple[Edit, ...]:
    module = project.module(place.path)
    return (make_once(module, place) if module is not None else None) or ()


def _match(found: Unkept, message: Callable[[Subject], str], fix: Fix, *evidence: str) -> Match:
    keras = (found.keras.why,) if found.keras is not None else ()
    return Match(
        Severity.ERROR if found.certain else Severity.WARNING,
        found.seen.statement,
        message,
        evidence=(
            *evidence,
            f"`{found.kept.class_name}` computes with it at {found.seen.used}",
            *keras,
        ),
        fix=fix,
        variables=(f"self.{found.kept.attribute}",),
        framework="jax" if found.kept.base is Base.NNX else "tensorflow",
    )
