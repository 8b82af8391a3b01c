"""What a framework's folder owes the rest: attach to the framework, say what was seen, let go."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from whygrad.flow.recording import Recording
from whygrad.flow.replaying import Replayer
from whygrad.runtime.callsite import Callsites


@dataclass(slots=True)
class Session:
    """One observation. The backend calls `on_step` when an observed step has ended."""

    step_limit: int = 3
    """How many steps of every optimiser are wanted; observation ends by itself after them."""
    stop_script: bool = False
    """Whether the script is to be ended (StopScript) once the limit is reached."""
    on_step: Callable[[int], None] = field(default=lambda done: None)
    on_fault: Callable[[BaseException], None] = field(default=lambda error: None)
    """Tells of a fault of our own; the backend then steps aside and the script runs on."""
    models: tuple[tuple[str, Any], ...] = ()
    """Models that the caller named (API); empty for a script, where they are found."""
    find_living: bool = False
    """Whether models that were made before the observation count too (a block in a notebook)."""
    optimizers: tuple[Any, ...] = ()
    losses: tuple[Any, ...] = ()
    callsites: Callsites = field(default_factory=Callsites)
    """Whose file is whose; made where the run began, so that paths are relative to it."""
    after_backward: bool = False
    """`explain`: nothing was watched, and backward has just run on `losses`. What there is to see
    is the models, the optimizers, the gradients, and the graph that autograd keeps.
    """
    limit_reached: bool = False
    """The backend sets it when the last observed step is done, just before StopScript."""


class StopScript(BaseException):
    """Ends an observed script after its last observed step. Not an Exception on purpose: a
    person's `except Exception` around the step must not catch it.
    """


class CannotObserveError(Exception):
    """A framework is there in a version that cannot be observed. Its message is for the person."""


class Observer(Protocol):
    """What `attach` gives back."""

    def recording(self) -> Recording:
        """Freeze what has been seen until now."""

    def replayer(self) -> Replayer | None:
        """The kept steps, to be run again; also after `detach`. None where none was seen."""

    def detach(self) -> None:
        """Undo every patch, hook and mode. Calling it twice does nothing."""


@dataclass(frozen=True, slots=True)
class Backend:
    """`wakes_on` is the import name of the framework, which whygrad never imports first."""

    name: str
    wakes_on: str
    attach: Callable[[Session], Observer]
