"""From what was seen to what is said: recordings in, findings and verdicts out."""

from __future__ import annotations

from whygrad.diagnosis.diagnose import Diagnosis, diagnose
from whygrad.diagnosis.proof.replays import Budget

__all__ = ["Budget", "Diagnosis", "diagnose"]
