"""What is known of one variable: who made it, who lists it, who updates it, what came back."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from whygrad.model.report import Gradient
from whygrad.model.source import SourceLocation


class Home(Enum):
    """Where a variable lives, which decides whether the framework sees it."""

    REGISTERED = "registered"
    BUFFER = "buffer"
    PLAIN_ATTRIBUTE = "plain attribute"
    PLAIN_CONTAINER = "plain container"
    HELPER_OBJECT = "helper object"
    LOOSE = "loose"
    """In no model: a module-level tensor, or one made inside forward."""


class Making(Enum):
    """What kind of expression made the values of a tensor, as far as it was seen."""

    RANDOM = "random"
    CONSTANT = "constant"
    DATA = "data"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Holding:
    """One optimiser that updates the variable: its name, its parameter group, the rate there."""

    optimizer: str
    group: int
    learning_rate: float | None


@dataclass(frozen=True, slots=True)
class Origin:
    """What a non-leaf 'parameter' was computed from: the op, its place, and whether from a leaf
    Parameter that nothing else holds.
    """

    op: str
    place: SourceLocation | None
    orphan_parameter: bool


@dataclass(frozen=True, slots=True)
class Observed:
    """One variable in one observed step."""

    value: int | None
    """Its value in the step's flow graph; None where no op of the step read it."""
    trainable: bool
    gradient: Gradient
    """Just before the optimiser's step (or at the end, where there was none)."""
    gradient_norm: float | None
    weight_norm: float | None
    moved: bool | None
    """None where it could not be measured."""
    update_norm: float | None = None
    """None also where only a sample of a large tensor was compared."""
    update_ratio: float | None = None
    """That norm over the weight's; also where it is known from an even sample alone."""
    stayed: float | None = None
    """Share of the entries with a gradient that its optimiser's step left as they were. Measured
    for 16-bit types only; of a large tensor, in an even sample.
    """
    carried_over: bool = False
    """Its gradient still held the last step's sum when this step's backward began."""
    had_gradient_after_backward: bool = False
    """Backward gave it one, whatever became of it by the time of the optimiser's step."""
    identity: int = 0
    """Another number from step to step means another tensor under the same name."""
    held_stale: bool = False
    """The optimiser holds an earlier tensor of this name, no longer the one in the model."""


@dataclass(frozen=True, slots=True)
class Variable:
    """One tensor that a person meant to train, or might have meant to."""

    name: str
    """The model's own dotted name, prefixed by the name that the script gives the model."""
    model: str | None
    owner: str
    """Class of the object that holds it, e.g. `Linear`."""
    home: Home
    shape: tuple[int, ...]
    dtype: str
    trainable: bool
    leaf: bool
    floating: bool
    holders: tuple[Holding, ...]
    steps: tuple[Observed, ...]
    """As many as the recording has steps, in the same order."""
    aliases: tuple[str, ...] = ()
    made_at: SourceLocation | None = None
    """The statement in the person's code that made it, or the layer that holds it."""
    held_at: SourceLocation | None = None
    """Where the container or helper that hides it was put into the model."""
    frozen_at: SourceLocation | None = None
    replaced_at: SourceLocation | None = None
    """Where it was put in place of another one after the optimiser was built."""
    hooked_at: SourceLocation | None = None
    """Where a hook was put on it that every gradient of it goes through."""
    making: Making = Making.UNKNOWN
    origin: Origin | None = None
    owned_by_library: bool = False
    """The class that makes it is in an installed package, not in the person's code."""
    updated_with: str = ""
    """Name of the variable whose gradient an optimizer was given with this one, in every step."""
    kept_as: str = ""
    """Name of the tensor that the model keeps in place of it: an op's result, made of it once,
    where nothing else reads it.
    """
    used_in_source: bool | None = None
    """Whether a method of the person's class mentions it outside the constructor; None unknown."""
    tags: frozenset[str] = frozenset()
    """Facts that one cause alone asks for; the names are listed in `flow/tags.py`."""

    @property
    def registered(self) -> bool:
        """The framework lists it among what it trains."""
        return self.home is Home.REGISTERED
