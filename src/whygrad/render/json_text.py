"""JSON: the report as other tools read it (`model/report.schema.json`)."""

from __future__ import annotations

from whygrad.model import codec
from whygrad.model.report import Report


def render(report: Report, *, color: bool, width: int, full: bool, blocks: bool) -> str:
    """Give the report as JSON, which always has everything; the rest has no meaning here."""
    return codec.dumps(report) + "\n"
