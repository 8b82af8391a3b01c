"""The kept steps of an observation, run again on demand."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from whygrad.backends.jax.again import Again
from whygrad.backends.jax.changed import Changed
from whygrad.backends.jax.records import Step
from whygrad.backends.keras.inventory.measuring import norm_of
from whygrad.backends.shared.arrays import entries
from whygrad.backends.shared.kept import KeptSteps
from whygrad.flow.graph import FlowGraph
from whygrad.flow.replaying import CannotReplayError, Change, Replayed, Update
from whygrad.flow.variable import Observed
from whygrad.model.report import Gradient

_OFF = 0.05


@dataclass(slots=True)
class Kept:
    """One step: its graph, its ops, what they were given, and what was observed, by value."""

    graph: FlowGraph
    steps: Sequence[Step]
    leaves: Mapping[int, Any]
    seen: Mapping[int, Observed] = field(default_factory=dict)
    checked: bool = False


class JAXReplayer(KeptSteps[Kept]):
    """Implements `flow.replaying.Replayer`."""

    def replay(
        self,
        step: int,
        wanted: Sequence[int],
        changes: Sequence[Change] = (),
        update: Update | None = None,
    ) -> Replayed:
        """Run one step again and give the gradients of `wanted`."""
        kept = self._of(step)
        try:
            self._check(kept)
            ran = _run(Changed(kept.graph, kept.steps, kept.leaves, changes), kept)
            norms = {value: _told(ran.arrived.get(value), value in kept.seen) for value in wanted}
            moved = {} if update is None else self._updates(ran, update)
        except CannotReplayError:
            raise
        except Exception as error:
            raise CannotReplayError(f"run again, it raised {type(error).__name__}") from error
        losses = tuple(float(entries(ran.values[loss]).sum()) for loss in kept.graph.losses)
        return Replayed(norms, losses, moved)

    def _check(self, kept: Kept) -> None:
        """Once: is it what was observed?"""
        if kept.checked:
            return
        ran = _run(Again(kept.steps, kept.leaves), kept)
        for value, seen in kept.seen.items():
            now = _norm(ran.arrived.get(value))
            if seen.gradient is Gradient.FINITE and seen.gradient_norm:
                if now is None or not math.isclose(now, seen.gradient_norm, rel_tol=_OFF):
                    raise CannotReplayError("run again, its gradients came out different")
            elif seen.gradient is Gradient.ZERO and now:
                raise CannotReplayError("run again, a gradient of zero came out different")
        kept.checked = True

    def _updates(self, ran: Again, update: Update) -> dict[int, float]:
        values = [v for v in update.values if ran.arrived.get(v) is not None]
        if update.like is None:
            rate = update.rate or 1e-2
            return {v: rate * (_norm(ran.arrived[v]) or 0.0) for v in values}
        optimizer = self._optimizers(update.like)
        keras: Any = sys.modules.get("keras")
        if optimizer is None or keras is None:
            raise CannotReplayError("its optimizer is gone")
        try:
            settings = optimizer.get_config()
        except Exception as error:  # Keras 3.3: its numbers are gone where `fit` was stopped
            raise CannotReplayError("its optimizer's settings could not be read") from error
        if update.rate is not None:
            settings["learning_rate"] = update.rate
        copy = type(optimizer).from_config(settings)
        held = [keras.Variable(ran.values[v], dtype=update.dtype) for v in values]
        copy.build(held)
        copy.apply([ran.arrived[v] for v in values], held)
        return {
            value: norm_of(entries(variable.value) - entries(ran.values[value]))
            for value, variable in zip(values, held, strict=True)
        }


def _run(ran: Any, kept: Kept) -> Any:
    ran.there()
    ran.back(kept.graph.losses)
    return ran


def _told(gradient: Any, asked: bool) -> float | None:
    """JAX gives zeros to whatever is asked for and not reached."""
    norm = _norm(gradient)
    return 0.0 if norm is None and asked else norm


def _norm(gradient: Any) -> float | None:
    return None if gradient is None else norm_of(np.asarray(entries(gradient)))
