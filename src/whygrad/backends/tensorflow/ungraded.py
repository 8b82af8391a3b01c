"""Made by running TensorFlow's gradient registry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

NOTHING: Final = frozenset(("Round", "Rint", "Floor", "Ceil", "FloorDiv"))

UNGRADED: Final[Mapping[str, tuple[int, ...]]] = {"Select": (0,), "SelectV2": (0,)}
