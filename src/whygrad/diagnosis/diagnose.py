"""The one call of this room: every recording of a run, to findings, verdicts and notices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from whygrad.flow.recording import Recording
from whygrad.model.finding import Finding
from whygrad.model.report import VariableRow
from whygrad.source.files import Sources


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Findings lead by severity, then by differential order, then by place."""

    findings: tuple[Finding, ...] = ()
    variables: tuple[VariableRow, ...] = ()
    notices: tuple[str, ...] = ()


def diagnose(recordings: Sequence[Recording], sources: Sources | None = None) -> Diagnosis:
    """Judge every variable and say why the ones that do not train do not."""
    del recordings, sources
    return Diagnosis()
