"""The names of all causes, in the order in which they are asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from whygrad.model.cause import Family

ORDER: Final[Mapping[Family, tuple[str, ...]]] = {
    Family.REGISTRATION: (
        "unregistered-tensor",
        "unregistered-container",
        "non-leaf-parameter",
        "buffer-not-parameter",
        "replaced-variable",
        "created-in-forward",
    ),
    Family.TRAINABILITY: ("frozen", "integer-dtype"),
    Family.GRAPH: (
        "detached",
        "grad-disabled",
        "left-framework",
        "rewrapped",
        "non-differentiable-op",
        "custom-gradient",
        "unused",
    ),
    Family.LOOP: (
        "not-in-optimizer",
        "stale-optimizer",
        "zero-learning-rate",
        "update-underflow",
        "step-missing",
        "grads-not-cleared",
    ),
    Family.ZERO: ("dead-activation", "saturated", "multiplied-by-zero", "constant-output"),
    Family.NUMERICS: ("nan-gradient", "underflow", "vanishing", "exploding"),
}
"""The differential order: the first cause that explains a variable leads."""

IDS: Final = tuple(id for ids in ORDER.values() for id in ids)


def family(id: str) -> Family:
    """The family of a cause. Raises KeyError for an unknown id."""
    for name, ids in ORDER.items():
        if id in ids:
            return name
    raise KeyError(id)
