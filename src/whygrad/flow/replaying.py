"""Running an observed step again with something changed: what a proof asks of a backend."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

from whygrad.flow.probe import Bad, Numbers, Probe


class ChangeKind(Enum):
    """What is done to the step before it is run again."""

    OPEN = "open"
    """Gradient passes the edges: a detach gives its input, an op runs outside its no-grad region,
    a value that left or was wrapped anew is linked to what it came from, an op that has no
    gradient passes it straight through. No number of the forward changes.
    """
    ASK = "ask"
    """The values (leaves of the step) require gradient."""
    REVIVE = "revive"
    """The edges' sources are moved to where the op has a slope: units above their threshold, inputs
    of a squash near zero, a zero factor made one, a dropout that lets all through.
    """
    BYPASS = "bypass"
    """The op of the edges is left out of the backward pass: what arrives at its target is given to
    the source as it is (spread or summed where the shapes differ).
    """
    SAFE = "safe"
    """The operands of the edges are kept off the place where the op has no finite derivative."""
    SHIFT = "shift"
    """The values (leaves) are changed by about a hundredth of their size: does the loss notice?"""
    KEEP = "keep"
    """The gradients of the values (leaves) are not cleared: what backward gave them stays."""
    WIDEN = "widen"
    """Run in the next wider dtype, without loss scaling."""


@dataclass(frozen=True, slots=True)
class Change:
    """One change, on edges or values of the step's flow graph, as its kind asks."""

    kind: ChangeKind
    edges: tuple[int, ...] = ()
    values: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Update:
    """One optimiser's update of copies. `like` names an optimiser of the recording whose class and
    settings are used (None: plain gradient descent); `rate` and `dtype` override.
    """

    like: str | None
    values: tuple[int, ...]
    rate: float | None = None
    dtype: str | None = None


@dataclass(frozen=True, slots=True)
class Replayed:
    """What came of it, by the number of the asked value."""

    gradients: Mapping[int, float | None] = field(default_factory=dict)
    """Norm of the gradient; None where none came. May be nan or inf."""
    losses: tuple[float, ...] = ()
    """Sum of each loss of the step."""
    updates: Mapping[int, float] = field(default_factory=dict)
    """Norm of the update that an optimiser's copy then made to a copy of the value."""
    next_bad: int | None = None
    """Of a SAFE change on the op that made the step's first number that is not finite: the op
    that makes the first one now.
    """
    bad: Bad | None = None
    """The same in full, where a backend measures it."""
    numbers: Mapping[int, Numbers] = field(default_factory=dict)
    """Of the values that op reads and makes, as they are now."""
    probe: Probe | None = None
    """Of REVIVE and BYPASS, where a gradient of exactly zero comes back all the same: the step as
    it is now, measured on the ways of those values.
    """


class CannotReplayError(Exception):
    """The step, or this change of it, cannot be run again. The text is one clause saying why."""


class StepFailsError(CannotReplayError):
    """The step raises once it is changed: so would the program with an edit that does the same."""

    def __init__(self, text: str, *, no_derivative: bool = False) -> None:
        super().__init__(text)
        self.no_derivative = no_derivative
        """Some op was asked for a derivative that it does not have."""


class Replayer(Protocol):
    """Steps that were kept. Nothing that a replay does is seen by the person's program: copies of
    tensors, its own random state, no `.grad` touched, no output.
    """

    def steps(self) -> Sequence[int]:
        """Numbers of the observed steps that can be run again, in order."""

    def replay(
        self,
        step: int,
        wanted: Sequence[int],
        changes: Sequence[Change] = (),
        update: Update | None = None,
    ) -> Replayed:
        """Run one step again and give the gradients of `wanted` (leaf values of its graph).

        Without changes it is checked against what was observed; where it differs beyond rounding,
        or anything was not kept, CannotReplayError is raised with the reason.
        """

    def release(self) -> None:
        """Let go of every tensor that was kept."""
