"""Where ops are noted: the eager step, or a trace. Tapes, regions and custom gradients live here.

The patches in `tapes.py` tell the place where the person's code runs; both kinds of place share
all of this, and differ in how they number a tensor (`number`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

from whygrad.backends.tensorflow.custom import Outcome
from whygrad.backends.tensorflow.log import Ask, Phase, Record, StepLog, Taped, Watch
from whygrad.runtime.callsite import Callsites


@dataclass(slots=True)
class Asked:
    """One request for gradients, flat: `tape.gradient`, `jacobian`, an optimizer's `minimize`."""

    targets: tuple[Any, ...]
    sources: tuple[Any, ...]
    """Variables as the person gave them (`tf.Variable`, `keras.Variable`), or tensors."""
    place: Place
    """Where: `place.eager` tells a step that runs from one that is only traced."""
    results: tuple[Any, ...] = ()
    """One for each source; None where there is none."""
    error: BaseException | None = None
    ask: Ask | None = None
    tapes_left: int = field(default=0)
    """Tapes that go on recording while this one computes: gradients of gradients."""


class Place:
    """One place. `log` is filled with records; see `StepLog`."""

    eager = True

    def __init__(self, callsites: Callsites) -> None:
        self.callsites = callsites
        self.log = StepLog()
        self.active = 0
        """The bits of the tapes that are recording."""
        self.region = 0
        self.phase = Phase.FORWARD
        self._bits: dict[int, int] = {}
        self._next = 0

    def number(self, tensor: Any) -> int:
        """The value number of a tensor, or of what the variable behind a handle holds."""
        raise NotImplementedError

    def made(self, tensors: Iterable[Any]) -> tuple[int, ...]:
        """Number tensors that were just made."""
        raise NotImplementedError
