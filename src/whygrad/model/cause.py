"""What a person is told of a cause, and nothing of how it is found."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Family(Enum):
    """The families of the catalogue, in the order in which causes are asked."""

    REGISTRATION = "registration"
    TRAINABILITY = "trainability"
    GRAPH = "graph"
    LOOP = "loop"
    ZERO = "zero"
    NUMERICS = "numerics"


@dataclass(frozen=True, slots=True)
class Cause:
    """One entry of the catalogue; `explanation` is the page's text in Markdown."""

    id: str
    family: Family
    title: str
    advice: str
    explanation: str
