"""A report: all that a renderer gets. It survives JSON and back unchanged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from whygrad.model.finding import Finding, Severity
from whygrad.model.source import SourceLocation


class Gradient(Enum):
    """What came back to a variable, over all observed steps (the best of them)."""

    NONE = "none"
    ZERO = "zero"
    FINITE = "finite"
    NAN = "nan"
    INF = "inf"


class Status(Enum):
    """The verdict on one variable."""

    TRAINS = "trains"
    BROKEN = "broken"
    FROZEN = "frozen"
    CONSTANT = "constant"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class ModelRow:
    """One model that took part in the run."""

    name: str
    class_name: str
    framework: str
    location: SourceLocation | None


@dataclass(frozen=True, slots=True)
class StepRow:
    """One variable in one observed step. Numbers have six digits; None was not measured."""

    gradient: Gradient
    gradient_norm: float | None = None
    weight_norm: float | None = None
    """Before the optimiser's update."""
    update_ratio: float | None = None
    """Norm of the update over norm of the weight; of a large tensor, over a sample of it."""
    noise: bool | None = None
    """True where the gradient is nothing but rounding error; None where nobody says so."""


@dataclass(frozen=True, slots=True)
class Spread:
    """A tensor in short: over all entries of a small one, over a sample of a large one.

    `rms`, `mean` and `std` are over its finite entries, `zeros` and `bad` shares of all.
    """

    rms: float
    mean: float
    std: float
    zeros: float = 0.0
    bad: float = 0.0
    """Share of entries that are nan or infinite."""


@dataclass(frozen=True, slots=True)
class ModuleRow:
    """What a module gave and what gradient came back to it, in the last step that measured it."""

    name: str
    class_name: str
    step: int
    """Number of that observed step, from 0."""
    calls: int
    output: Spread | None = None
    """Of the first floating tensor that its first call gave."""
    gradient: Spread | None = None
    """Of the loss to that output; None where none was seen to come."""


@dataclass(frozen=True, slots=True)
class VariableRow:
    """One variable and its verdict. `aliases` are further names of a tied variable."""

    name: str
    model: str | None
    shape: tuple[int, ...]
    dtype: str
    registered: bool
    trainable: bool
    optimizer: str | None
    gradient: Gradient
    gradient_norm: float | None
    moved: bool | None
    status: Status
    location: SourceLocation | None
    aliases: tuple[str, ...] = ()
    steps: tuple[StepRow, ...] = ()
    """One for each observed step, in order; empty in reports of earlier versions."""


@dataclass(frozen=True, slots=True)
class ExceptionRow:
    """The exception that ended the script, and where in the person's code."""

    type: str
    message: str
    location: SourceLocation | None


@dataclass(frozen=True, slots=True)
class NotFollowed:
    """A file through which `check` did not follow gradients to the end."""

    path: str
    partly: bool
    """Whether it was followed but for some calls."""
    reason: str


@dataclass(frozen=True, slots=True)
class Unseen:
    """A file that took part in a run, of which the run did not see all."""

    path: str
    errors: int
    """What `check` tells in functions of it of which the run saw nothing."""


@dataclass(frozen=True, slots=True)
class Report:
    """What was found, over which variables, and how the run ended."""

    whygrad: str
    kind: str
    frameworks: Mapping[str, str] = field(default_factory=dict)
    steps: int = 0
    elapsed_s: float = 0.0
    stopped: str = "end"
    """`steps` (the limit was reached), `end`, `exception`, `exit` or `interrupt`."""
    exception: ExceptionRow | None = None
    models: tuple[ModelRow, ...] = ()
    variables: tuple[VariableRow, ...] = ()
    modules: tuple[ModuleRow, ...] = ()
    """In the order in which they first gave something: a module after those that it calls."""
    findings: tuple[Finding, ...] = ()
    notices: tuple[str, ...] = ()
    """What could not be seen, unused ignores, faults of our own: one sentence each."""
    not_followed: tuple[NotFollowed, ...] = ()
    """Files in which `check` may have missed something; `notices` tells of them in a sentence."""
    unseen: tuple[Unseen, ...] = ()
    """Errors that the source shows and the run could not, which `notices` tells in a sentence."""

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that make the exit status 1."""
        return tuple(f for f in self.findings if f.severity is Severity.ERROR)
