"""Whether two findings, of a run and of the source, are about the same thing."""

from __future__ import annotations

from whygrad.model.finding import Finding
from whygrad.model.source import SourceLocation


def same(one: Finding, other: Finding) -> bool:
    """Whether they are of one cause, and their places touch."""
    if one.cause != other.cause or one.framework != other.framework:
        return False
    places = one.location, other.location
    if places[0] is None or places[1] is None or places[0].path != places[1].path:
        return False
    return _start(places[0]) <= _end(places[1]) and _start(places[1]) <= _end(places[0])


def _start(place: SourceLocation) -> tuple[int, int]:
    return place.line, place.column or 0


def _end(place: SourceLocation) -> tuple[int, float]:
    """Of a place without an end, that of its line."""
    if place.end_line is None or place.end_column is None:
        return place.line, float("inf")
    return place.end_line, place.end_column
