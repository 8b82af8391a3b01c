"""Where ops are noted: the eager step, or a trace. Tapes, regions and custom gradients live here.

The patches of `tapes.py` tell the place where the person's code runs. Both kinds of place share
all of this, and differ in how they number a tensor.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from types import FrameType
from typing import Any

from whygrad.backends.tensorflow.custom import Outcome
from whygrad.backends.tensorflow.log import Ask, Phase, Record, StepLog, Taped, Watch
from whygrad.backends.tensorflow.traced.runs import Moment
from whygrad.runtime.callsite import Callsites

KEPT = 1 << 12
"""Entries of what gradients are asked of, up to which it is kept for the step."""


@dataclass(slots=True)
class Asked:
    """One request for gradients, flat: `tape.gradient`, `jacobian`, an optimizer's `minimize`."""

    targets: tuple[Any, ...]
    sources: tuple[Any, ...]
    """Variables as the person gave them (`tf.Variable`, `keras.Variable`), or tensors."""
    place: Place
    """Where: `place.eager` tells a step that runs from one that is only traced."""
    ask: Ask
    results: tuple[Any, ...] = ()
    """One for each source; None where there is none."""
    error: BaseException | None = None


class Place(ABC):
    """One place. `log` is filled with records; see `StepLog`."""

    eager = True

    def __init__(self, callsites: Callsites) -> None:
        self.callsites = callsites
        self.log = StepLog()
        self.active = 0
        """The bits of the tapes that are recording."""
        self.region = 0
        """The stretch without recording that is open, as a number of `StepLog.regions`."""
        self.phase = Phase.FORWARD
        self._bits: dict[int, int] = {}
        self._put_aside: dict[int, tuple[int, int]] = {}
        self._stopped: list[tuple[int, int]] = []

    @abstractmethod
    def number(self, tensor: Any) -> int:
        """The value number of a tensor, or of what the variable behind a handle holds."""

    @abstractmethod
    def made(self, tensors: Iterable[Any]) -> tuple[int, ...]:
        """Number tensors that were just made."""

    @abstractmethod
    def moment(self, moment: Moment) -> None:
        """Note what a run of this place will ask or update; nothing in a step that runs now."""

    # -- tapes

    def entered(
        self, tape: Any, automatic: bool, frame: FrameType | None, persistent: bool = False
    ) -> None:
        """A new tape records from now on."""
        # An id may be given again once a tape is gone; a tape that is new is entered first.
        bit = self._bits[id(tape)] = 1 << len(self.log.tapes)
        site = self.callsites.capture(frame)
        self.log.tapes[bit] = Taped(bit, site, automatic, len(self.log.records), persistent)
        self.active |= bit

    def resumed(self, tape: Any, frame: FrameType | None) -> None:
        """A tape that has recorded before records again."""
        if id(tape) not in self._bits:
            self.entered(tape, True, frame)
            return
        self.active |= self._bits[id(tape)]
        before = self._put_aside.pop(id(tape), None)
        if before is not None:
            self.region = before[0]

    def left(self, tape: Any, kind: str, frame: FrameType | None) -> None:
        """A tape records no longer; `kind` says so where it is only for a while."""
        bit = self._bits.get(id(tape), 0)
        self.active &= ~bit
        if kind:
            self._put_aside[id(tape)] = (self.region, bit)
            self.region = self._open(kind, frame)

    def watched(self, tape: Any, thing: Any, variable: bool) -> None:
        """`tape.watch(thing)`; `thing` is a tensor or a handle."""
        bit = self._bits.get(id(tape))
        if bit is not None:
            value = self.number(thing)
            self.log.watches.append(Watch(bit, value, variable, len(self.log.records)))

    def stops(self, kind: str, frame: FrameType | None) -> None:
        """No tape records until `goes_on`."""
        self._stopped.append((self.active, self.region))
        self.active = 0
        if not _is_lifted(frame):
            self.region = self._open(kind, frame)

    def goes_on(self) -> None:
        """Undo one `stops`."""
        self.active, self.region = self._stopped.pop()

    def _open(self, kind: str, frame: FrameType | None) -> int:
        opened = (kind, self.callsites.capture(frame))
        regions = self.log.regions
        if opened not in regions:
            regions.append(opened)
        return regions.index(opened)

    # -- gradients

    def asks(
        self,
        tape: Any,
        targets: Sequence[Any],
        sources: Sequence[Any],
        frame: FrameType | None,
        given: Any = None,
    ) -> Ask:
        """A tape is about to be asked; `given` are its `output_gradients`."""
        ask = Ask(
            self._bits.get(id(tape), 0),
            tuple(self.number(t) for t in targets),
            tuple(self.number(s) for s in sources),
            self.callsites.capture(frame),
            len(self.log.records),
            given,
        )
        self.log.asks.append(ask)
        if self.eager:
            for value, target in zip(ask.targets, targets, strict=True):
                if (target.shape.num_elements() or 0) <= KEPT:
                    self.log.targets[value] = target
        return ask

    def answered(self, ask: Ask, results: Iterable[Any]) -> None:
        """Gradients came back. Where no other tape looked on, they are numbers from nowhere."""
        results = list(results)
        fresh = [t for one in results for t in parts_of(one) if not self.has(t)]
        if fresh:
            answered = [s for s, r in zip(ask.sources, results, strict=False) if r is not None]
            ins = (*ask.targets, *dict.fromkeys(answered))
            outs = self.made(fresh)
            self.log.records.append(
                Record("tape.gradient", ins, outs, ask.site, 0, Phase.BACKWARD, region=self.region)
            )

    @abstractmethod
    def has(self, tensor: Any) -> bool:
        """Whether a tensor has a number."""

    def recorded(
        self,
        name: str,
        outs: Sequence[Any],
        ins: Sequence[Any],
        backward: Callable[..., Any],
        frame: FrameType | None,
    ) -> Callable[..., Any]:
        """A function with its own gradient made `outs`; give the gradient function to be used."""
        sources = tuple(self.number(tensor) for tensor in ins)
        inner = tuple(self.number(tensor) for tensor in outs if self.has(tensor))
        outcome = Outcome(sources)
        outcome.dtypes = tuple(tensor.dtype for tensor in outs)
        made = self.made(outs)
        site = self.callsites.capture(frame)
        # A copy to another device is recorded in the same way.
        kind = name if name in ("_copy", "pack_eager_tensors") else f"custom_gradient {name}"
        self.log.records.append(
            Record(
                kind,
                (*sources, *inner),
                made,
                site,
                self.active,
                self.phase,
                region=self.region,
                detail=outcome,
            )
        )
        outcome.backward = backward
        return outcome.watching(backward) if self.eager else backward


def parts_of(result: Any) -> tuple[Any, ...]:
    """The tensors of a gradient: itself, or the values of rows (`IndexedSlices`)."""
    if result is None:
        return ()
    values = getattr(result, "values", None)
    if values is not None and hasattr(result, "indices"):
        return parts_of(values)
    flat = getattr(result, "flat_values", None)
    return (result,) if flat is None else (flat,)


def _is_lifted(frame: FrameType | None) -> bool:
    """Whether TensorFlow makes something outside of the graph that it traces: the person has
    switched nothing off.
    """
    while frame is not None and frame.f_code.co_filename.endswith("contextlib.py"):
        frame = frame.f_back
    return frame is not None and frame.f_code.co_name == "init_scope"
