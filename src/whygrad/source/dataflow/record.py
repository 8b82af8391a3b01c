"""What is kept of a program that is followed: its frames, what happened, what became of things."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

from whygrad.source.classes.known import Base
from whygrad.source.dataflow.values import NOTHING, Closure, Cut, Object, Root, Site, Value
from whygrad.source.module import Function, SourceModule


class Happened(Enum):
    """What a training loop does."""

    BUILT = "built"
    CLEARED = "cleared"
    DIFFERENTIATED = "differentiated"
    STEPPED = "stepped"
    REPLACED = "replaced"
    CREATED = "created"
    FLAGGED = "flagged"
    BUFFERED = "buffered"
    """Something that asks for a gradient becomes a buffer."""
    NO_RATE = "no rate"
    """A rate of zero is given, or set by a schedule."""
    ASKED = "asked"
    """A tape, or a function made for it, is asked for gradients; `whole` are those of what."""
    APPLIED = "applied"
    """Gradients are applied to variables: `value`."""
    UNWATCHED = "unwatched"
    """A tape is asked for the gradient of what it does not follow."""
    DROPPED = "dropped"
    """New values of parameters are computed and lost."""
    REFROZEN = "refrozen"
    """A flag of Keras was changed behind `compile`, which is not called again (`thawed`, `since`),
    or before it for all that a model has (`all`).
    """
    RETURNED = "returned"
    """A step gives its loss to a trainer that is not read; `object` is whose step it is."""
    EMPTY = "empty"
    """A generator that has given all its items is handed on."""


class Event(NamedTuple):
    """One thing that happened. `object` is the optimizer; `value` what was differentiated, held."""

    what: Happened
    site: Site
    value: Value
    object: Object | None
    loops: tuple[Site, ...]
    """The loops it stands in, the innermost last."""
    round: int
    """In which turn of the innermost loop."""
    conditional: int
    """How many branches stand around it."""
    detail: str = ""
    whole: Value = NOTHING
    """What a part of was replaced."""


@dataclass(slots=True)
class Frame:
    """A function that runs, or the top level of a file."""

    module: SourceModule
    path: str
    names: dict[str, Value]
    around: tuple[dict[str, Value], ...] = ()
    closure: Closure | None = None
    returned: list[Value] = field(default_factory=list)
    globals: set[str] = field(default_factory=set)
    stopped: bool = False
    """Whether what follows does not run."""
    jumped: list[dict[str, Value]] = field(default_factory=list)
    """The names where `break` and `continue` stand."""


@dataclass(slots=True)
class Others:
    """What is remembered of TensorFlow, Keras and JAX while a program is followed."""

    bases: dict[object, Base | None] = field(default_factory=dict)
    """The base that a class has, by its name."""
    compiled: dict[Object, frozenset[Root]] = field(default_factory=dict)
    """What was frozen when a model of Keras was compiled."""
    flags: dict[Root, bool] = field(default_factory=dict)
    """Whether `trainable` was set to False, or back to True."""
    flagged_at: dict[Root, Site] = field(default_factory=dict)
    stepping: bool = False
    """Whether a step of Keras' `fit` is followed."""
    settled: set[Root] = field(default_factory=set)
    """Trainable again, and so for a model that was compiled since."""
    customs: dict[int, bool] = field(default_factory=dict)
    """Whether a function has a gradient of its own, by the id of its node."""
    backwards: dict[int, Function] = field(default_factory=dict)
    """The backward function that it was given."""
    applied: dict[int, tuple[bool, ...]] = field(default_factory=dict)
    """Of autograd functions of PyTorch, by the id of their `forward`: which arguments of `apply`
    get no gradient.
    """
    sourced: int = 0
    """How many functions of gradients are being followed, with the argument they are asked by."""
    watched: dict[Object, set[object]] = field(default_factory=dict)
    """What a tape was told to follow."""


@dataclass(slots=True)
class Found:
    """What is known when the program has been followed."""

    live: set[Root] = field(default_factory=set)
    cuts: dict[Root, dict[Cut, None]] = field(default_factory=dict)
    used: dict[Root, dict[Site, None]] = field(default_factory=dict)
    names: dict[Root, str] = field(default_factory=dict)
    made: dict[Root, str] = field(default_factory=dict)
    """What it was made by: `torch.nn.Linear`."""
    loops: dict[Root, int] = field(default_factory=dict)
    """In how many loops it is made."""
    frozen: set[Root] = field(default_factory=set)
    loaded: set[Root] = field(default_factory=set)
    """Filled with numbers from elsewhere."""
    held: dict[Root, set[Object]] = field(default_factory=dict)
    handed: set[Object] = field(default_factory=set)
    """Objects that code got which is not followed."""
    events: list[Event] = field(default_factory=list)
    ran: set[int] = field(default_factory=set)
    """The functions that were run, by the id of their node."""
    files: set[str] = field(default_factory=set)
    """Where code was run."""
    walked: set[Root] = field(default_factory=set)
    """Belong to a model whose modules somebody goes through."""
    evaluated: set[Root] = field(default_factory=set)
    """Put into evaluation mode."""
    scheduled: dict[Object, list[str]] = field(default_factory=dict)
    """Optimizers whose rate a schedule sets, with the schedules' names."""
    given_grads: bool = False
    """Somebody computes gradients in another way than by `backward`, and writes them down."""
    by_hand: bool = False
    """Somebody reads or writes `.grad` himself."""
    gradients: dict[Site, set[Root]] = field(default_factory=dict)
    """What was asked for, by the place where a tape was asked."""
    optimizers: set[Object] = field(default_factory=set)
    """Those of other frameworks than PyTorch that were built."""
    titles: dict[Object, str] = field(default_factory=dict)
    """The names of plain tensors."""
    anew: set[Root] = field(default_factory=set)
    """Made at every call of a model of Keras."""
    updated: set[Root] = field(default_factory=set)
    """Given new numbers that come of gradients, by hand."""
    consumed: set[Site] = field(default_factory=set)
    """The places of gradients of which something was made."""
    spent: set[Site] = field(default_factory=set)
    """The places of gradients that something got which updates by its name."""
    extra: set[tuple[Object, str]] = field(default_factory=set)
    """What was put on a layer of a library that has nothing of that name: it is not called."""
    unseen_sink: set[Root] = field(default_factory=set)
    """Went live into code that is not followed, where it may be differentiated."""

    @property
    def spared(self) -> set[Root]:
        """Frozen, filled with numbers from elsewhere, or reached in a way that is not followed."""
        return self.frozen | self.loaded | self.walked

    @property
    def kept(self) -> set[Root]:
        """What some optimizer holds."""
        return {root for root, several in self.held.items() if several}

    def framework(self, roots: Iterable[Root]) -> str:
        """The framework of things that learn, by what made them."""
        for root in sorted(roots, key=lambda r: (r.site or (), r.inside)):
            name = self.made.get(root, "")
            if name.startswith(("keras.", "tensorflow.")):
                return "tensorflow"
            if name.startswith(("flax.", "equinox.", "jax.")):
                return "jax"
        return "torch"
