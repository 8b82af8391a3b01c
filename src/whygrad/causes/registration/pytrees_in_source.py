"""Layers and arrays of Flax NNX and Equinox that lie where JAX does not look."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from whygrad.causes.rule import Match, Subject
from whygrad.model.finding import Severity
from whygrad.model.source import Fix
from whygrad.source.classes.held import Holds
from whygrad.source.classes.known import Base
from whygrad.source.classes.pytrees import hidden, static
from whygrad.source.classes.unkept import Unkept
from whygrad.source.edits import make_field
from whygrad.source.project.project import Project


def containers(project: Project) -> Iterator[Match]:
    """What is in an object, a `deque` or a set that a model holds."""
    for found in hidden(project):
        yield Match(
            Severity.ERROR,
            found.seen.statement,
            partial(_message, found),
            evidence=(f"`{found.kept.class_name}` computes with it at {found.seen.used}",),
            fix=Fix(_instead(found)),
            variables=(f"self.{found.kept.attribute}",),
            framework="jax",
        )


def tensors(project: Project) -> Iterator[Match]:
    """Random numbers in a static field of Equinox."""
    for found in static(project):
        yield Match(
            Severity.WARNING,
            found.seen.statement,
            lambda n: (
                f"{n} {n.is_} random and used like a weight, but {n.its} field is static, which"
                f" makes {n.it} no part of the model's arrays: {n.its} numbers stay as they are"
            ),
            evidence=(
                f"the field is static at {found.field}",
                f"`{found.kept.class_name}` computes with it at {found.seen.used}",
            ),
            fix=Fix(
                "leave `static=True` out: it is for what is no array",
                make_field(found.module, found.field) or (),
                safe=False,
            ),
            variables=(f"self.{found.kept.attribute}",),
            framework="jax",
        )


def _message(found: Unkept, n: Subject) -> str:
    whose = "an `nnx.Module`" if found.kept.base is Base.NNX else "an `eqx.Module`"
    return (
        f"what is in {n} never trains: {whose} does not look into {_what(found)}, so it gets no"
        " gradient, and no optimizer updates it"
    )


def _what(found: Unkept) -> str:
    name = _object(found)
    return f"an object like `{name}`, which is no module" if name else f"a `{found.container}`"


def _object(found: Unkept) -> str:
    """The class of an object; empty where it is a container."""
    opaque = found.learning[0].what is Holds.OTHER
    return found.learning[0].name.rpartition(".")[2] if opaque else ""


def _instead(found: Unkept) -> str:
    nnx = found.kept.base is Base.NNX
    name = _object(found)
    if not name:
        return "keep it in `nnx.List([...])`" if nnx else "keep it in a list"
    if nnx:
        return f"derive `{name}` from `nnx.Module`"
    return f"derive `{name}` from `eqx.Module`, with a field for each of its attributes"
