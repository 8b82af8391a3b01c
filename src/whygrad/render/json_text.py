"""JSON: the report as other tools read it (`model/report.schema.json`)."""

from __future__ import annotations

from whygrad.model import codec
from whygrad.model.report import Report


def render(report: Report, *, color: bool, width: int) -> str:
    """Give the report as JSON; colour and width have no meaning here."""
    return codec.dumps(report) + "\n"
