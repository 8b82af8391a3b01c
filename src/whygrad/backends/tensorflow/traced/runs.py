"""What the run of a traced function means to the training loop: said before and after each run.

Code is traced once, and run many times. Where gradients are asked for, and where an optimizer
updates, is noted while the code is traced (`Moment`s, in their order); each run tells of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class TracedAsk:
    """One request for gradients. While tracing, `results` are symbolic; see `TracedRun`."""

    sources: tuple[Any, ...]
    """As the person gave them: variables of any kind, or tensors."""
    results: tuple[Any, ...]
    """For each source: None where it gets no gradient."""
    site: int
    """As a number of `Callsites`."""
    watched: tuple[bool, ...] = ()
    """For each source, whether the tape knew it by the time it was asked."""
    persistent: bool = False
    """The tape may be asked more than once."""
    of: Any = None
    """In a run: what it was noted as while tracing."""


@dataclass(slots=True)
class TracedUpdate:
    """One update by an optimizer. While tracing, gradients and rate are symbolic."""

    optimizer: Any
    gradients: tuple[Any, ...]
    """For each variable, as it came to the optimizer; None where there is none."""
    variables: tuple[Any, ...]
    site: int
    rate: Any = None
    """Its learning rate; None where it is not known."""
    of: Any = None
    """In a run: what it was noted as while tracing."""


Moment = TracedAsk | TracedUpdate


@dataclass(slots=True)
class TracedRun:
    """One run of a traced function that asks for gradients or updates variables.

    In the moments of a run, a gradient is None, an eager tensor (or `IndexedSlices`) with the
    numbers that this run has, or `UNMEASURED`; a rate is a float or None. They were computed from
    the weights before the run, apart from it.
    """

    moments: tuple[Moment, ...]
    function: str
    """The name of the function that was called, as the person wrote it."""
    site: int
    """Where it was called."""
    steps: int = 1
    """How often its moments come about in it (`steps_per_execution`)."""

    @property
    def asks(self) -> list[TracedAsk]:
        """Its requests for gradients."""
        return [moment for moment in self.moments if isinstance(moment, TracedAsk)]

    @property
    def updates(self) -> list[TracedUpdate]:
        """Its updates."""
        return [moment for moment in self.moments if isinstance(moment, TracedUpdate)]


@dataclass(slots=True)
class Listener:
    """Who wants to know of runs. `Flow.traced` is one; the observer sets what it needs."""

    begins: Callable[[TracedRun], None] | None = None
    """Told before such a function runs; nothing has moved yet. A run is told of whole, so with two
    optimizers the second one's ask comes before the first one's update has moved anything.
    """
    ends: Callable[[TracedRun, BaseException | None], None] | None = None
    """Told after it, with what it raised."""
    measured: Callable[[], bool] = field(default=lambda: True)
    """Whether the numbers of gradients are wanted of the next run: it costs about another run."""
