"""A finding: a cause at a place, for variables, with what was seen. It cannot print itself."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from whygrad.model.source import Fix, SourceLocation


class Severity(Enum):
    """How sure it is that this is not meant, most pressing first."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class PathStep:
    """One op on the way from the variable to the loss."""

    op: str
    location: SourceLocation | None
    cut: bool


@dataclass(frozen=True, slots=True)
class Proof:
    """What a replay of the step without the cause showed; `kind` is `replay`.

    Where no proof is possible, `kind` is `none`, `holds` is None and `message` says why.
    """

    kind: str
    gradient_norm_before: float | None
    gradient_norm_after: float | None
    holds: bool | None
    message: str | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """`message` is one sentence that stands alone; `evidence` is read in order, like a proof."""

    cause: str
    severity: Severity
    framework: str
    variables: tuple[str, ...]
    message: str
    location: SourceLocation | None
    evidence: tuple[str, ...] = ()
    path: tuple[PathStep, ...] = ()
    fix: Fix | None = None
    proof: Proof | None = None
