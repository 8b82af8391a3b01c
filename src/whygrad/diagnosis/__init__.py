"""From what was seen to what is said: recordings in, findings and verdicts out."""

from __future__ import annotations

from whygrad.diagnosis.diagnose import Diagnosis, diagnose

__all__ = ["Diagnosis", "diagnose"]
