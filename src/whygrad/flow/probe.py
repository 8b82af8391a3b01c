"""What was measured along the ways of variables that looked sick, in one observed step.

A backend measures only then: when a trainable variable that a whole way leads to has a gradient
that is exactly zero, not finite, or far smaller than its neighbours'. All numbers are of that step,
before the optimiser's update.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Numbers:
    """A tensor in short. `low`, `high` and `mean` are over its finite entries; 0.0 without any."""

    count: int
    low: float
    high: float
    mean: float
    norm: float
    zeros: int = 0
    positive: int = 0
    nans: int = 0
    infs: int = 0


@dataclass(frozen=True, slots=True)
class Passed:
    """The gradient at one edge: how much arrived at its target, how much got to its source."""

    arrived: float
    """Norm; of all ways that lead on from the target. May be nan or inf."""
    passed: float
    """Norm of what this edge alone gave its source."""
    noise: bool = False
    """What passed is rounding error: it turns out altogether different when the step is run again
    with the last digits of the weights changed.
    """


@dataclass(frozen=True, slots=True)
class Units:
    """The units (channels, last axis) of an op's output. One byte for each: 1 where no entry of it
    let gradient through in this step.
    """

    dead: bytes


@dataclass(frozen=True, slots=True)
class Bad:
    """The first op that made a nan or an inf out of finite numbers."""

    op: int
    backward: bool
    """It was made on the way back: the op's values are finite, its derivative is not."""
    edge: int | None
    """On the way back, the edge on which; in the forward, the edge from the offending operand."""
    nans: int
    infs: int
    count: int
    """How many entries of what it made (of the gradient, on the way back) there are in all."""
    operands: tuple[int, ...]
    """Values that the op read; their numbers are in `Probe.numbers`."""
    samples: tuple[float, ...] = ()
    """A few of the offending operand's entries at the places that went bad."""
    data: bool = False
    """No op made it: it was there already in what the step was given; `edge` leads out of it."""


@dataclass(frozen=True, slots=True)
class Probe:
    """Keys are numbers of edges, values and ops of the same step's flow graph."""

    edges: Mapping[int, Passed] = field(default_factory=dict)
    """Of every edge on a way from a sick variable to a loss. No entry: not measured."""
    totals: Mapping[int, Passed] = field(default_factory=dict)
    """By value: of those that several edges leave, `passed` is what all of them came to together
    (they may cancel), `arrived` the norms of all of them added up.
    """
    numbers: Mapping[int, Numbers] = field(default_factory=dict)
    """Of the values at both ends of edges on which gradient died."""
    axis: Mapping[int, int] = field(default_factory=dict)
    """By op: over how many entries a softmax or a normalisation works."""
    units: Mapping[int, Units] = field(default_factory=dict)
    """By op: of activations on which gradient died, wholly or in part."""
    bad: Bad | None = None
    flushed: Mapping[int, float] = field(default_factory=dict)
    """By edge: the share of entries that are zero in the step and not in a wider dtype."""
    wider: Mapping[int, float] = field(default_factory=dict)
    """By value of a variable: the norm of its gradient when the step is run in a wider dtype."""
    measured: int = 0
    """So many edges there were by then: no measured gradient passed what came later."""
    deaf: frozenset[int] = frozenset()
    """Edges along which a value was read that asked for no gradient at that moment."""
    parts: tuple[Probe, ...] = ()
    """Of a step that was measured before each of several updates, what was measured before each:
    gradient that came to a value later on passed other edges. The rest is of all together.
    """
    as_before: frozenset[int] = frozenset()
    """Values of variables that were not measured, since what came to them was rounding error in
    several steps before and is as small in this one.
    """
    failed: str | None = None
    """Why the step could not be measured, one clause; all else is then empty."""
