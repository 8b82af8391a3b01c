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


@dataclass(frozen=True, slots=True)
class ExceptionRow:
    """The exception that ended the script, and where in the person's code."""

    type: str
    message: str
    location: SourceLocation | None


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
    findings: tuple[Finding, ...] = ()
    notices: tuple[str, ...] = ()
    """What could not be seen, unused ignores, faults of our own: one sentence each."""

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that make the exit status 1."""
        return tuple(f for f in self.findings if f.severity is Severity.ERROR)
