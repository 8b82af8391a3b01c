"""Runs a program: the same ops in the same order under tapes like the person's, and asks those."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from whygrad.backends.keras.inventory.measuring import measure
from whygrad.backends.tensorflow.kinds import writes
from whygrad.backends.tensorflow.log import Ask, Record
from whygrad.backends.tensorflow.replay.apart import apart
from whygrad.backends.tensorflow.replay.executing import execute
from whygrad.backends.tensorflow.replay.instrument import Instrument
from whygrad.backends.tensorflow.replay.interpreting import chosen
from whygrad.backends.tensorflow.replay.keeping import read
from whygrad.backends.tensorflow.replay.linking import dense, identity, replaced
from whygrad.backends.tensorflow.replay.owning import custom, is_custom
from whygrad.backends.tensorflow.replay.program import Program
from whygrad.backends.tensorflow.replay.tapes import Tapes
from whygrad.backends.tensorflow.replay.widening import Wider, as_floats
from whygrad.backends.tensorflow.traced.closures import Closure, Joined
from whygrad.flow.replaying import CannotReplayError, StepFailsError
from whygrad.model.report import Gradient

_BEST = (Gradient.FINITE, Gradient.NAN, Gradient.INF, Gradient.ZERO, Gradient.NONE)


@dataclass(frozen=True, slots=True)
class Ran:
    """What came of a run."""

    gradients: Mapping[int, Any]
    """By wanted value; those to which none came are missing."""
    losses: tuple[tuple[int, Any], ...]
    """What each ask was for, and how it came out."""
    tensors: Mapping[int, Any]
    """The wanted values themselves, as the run had them."""


def run(
    program: Program,
    instrument: Instrument | None = None,
    wanted: Collection[int] = (),
    links: Mapping[int, Sequence[int]] | None = None,
) -> Ran:
    """Run the step again. Raises CannotReplayError where that is not possible.

    `links` names values that must be there when others are made.
    """
    running = _Running(program, instrument or Instrument(), frozenset(wanted), links or {})
    program.check(running.order)
    try:
        return apart(program.unheard, running.run)
    except CannotReplayError:
        raise
    except Exception as error:
        text = f"{running.at()} failed when run again: {_short(error)}"
        if isinstance(error, LookupError) and "gradient registry" in str(error):
            raise StepFailsError(text, no_derivative=True) from None
        raise CannotReplayError(text) from None
    finally:
        running.clear()


class _Running:
    def __init__(
        self,
        program: Program,
        instrument: Instrument,
        wanted: frozenset[int],
        links: Mapping[int, Sequence[int]],
    ) -> None:
        self.program = program
        self.instrument = instrument
        self.wanted = wanted
        self.order = program.order(instrument.keeps(), links)
        self.links = links
        self.env: dict[int, Any] = {}
        self.record = -1
        self.wider = Wider()
        self._gradients: dict[int, Any] = {}
        self._losses: list[tuple[int, Any]] = []
        self._answers: dict[int, list[Any]] = {}
        """What the ask of a number was answered, one for each of its sources."""
        self._tapes = Tapes(program.flat.tapes)
        self._asks = list(enumerate(program.asks))
        self._watches = list(program.flat.watches)
        self._looped: dict[int, list[Any]] = {}
        """What loops came to, by the op."""
        self._failed: dict[int, Exception] = {}
        """Of values that could not be made, why: a branch or a round that does not take place."""
        self._failed_at: dict[int, int] = {}
        """The record at which it was seen first."""
        stay = self.wanted | self.instrument.keeps()
        stay |= {value for sources in links.values() for value in sources}
        self._last = program.last_uses(self.order, stay)

    def run(self) -> Ran:
        program = self.program
        if self.instrument.wide:
            self.wider = Wider.of(self._dtypes())
        end = max(ask.at for ask in program.asks)
        try:
            for value in sorted(program.read(self.order) | self.wanted):
                if program.known(value) and value not in self.links:
                    self._leaf(value)
            for index in [*(i for i in self.order if i < end), len(program.records)]:
                self._events(index)
                if index < len(program.records):
                    self.record = index
                    self._try(index, program.records[index])
        finally:
            self._tapes.switch(0)
        tensors = {value: self.env[value] for value in self.wanted & self.env.keys()}
        return Ran(dict(self._gradients), tuple(self._losses), tensors)

    def at(self) -> str:
        """The op that is being run."""
        return f"`{self.program.name(self.record)}`" if self.record >= 0 else "the step"

    def clear(self) -> None:
        """Let go of every tensor."""
        self.env.clear()
        self._gradients.clear()
        self._answers.clear()
        self._losses.clear()
        self._looped.clear()
        self._failed.clear()

    # -- leaves

    def _dtypes(self) -> set[str]:
        tensors = list(self.program.met.values())
        found = {t.dtype.base_dtype.name for t in tensors if hasattr(t, "dtype")}
        casts = (r for r in self.program.records if r.kind == "Cast")
        return found | {_cast_to(record) for record in casts}

    def _leaf(self, value: int) -> Any:
        """A tensor that the step read and did not make."""
        program = self.program
        if not program.known(value):
            raise CannotReplayError("a tensor that it read was not kept")
        tensor = program.met.get(value, program.pinned.get(value))
        tensor = read(program.handles[value]) if tensor is None else tensor
        self._tapes.switch(0)
        tensor = self.wider.tensor(identity(tensor))
        if self.instrument.asks_of(value):
            tensor = as_floats(tensor)
        # Whatever reads it must find one and the same tensor, whose gradient is asked for.
        bits = self._tapes.automatic if value in program.flat.holders else 0
        if self.instrument.asks_of(value):
            bits = self._tapes.every
        bits |= self._watching(value)
        self.env[value] = self._watched(tensor, bits)
        self._tapes.switch(self._tapes.every)
        made = self.env[value] = self.instrument.leaf(value, self.env[value])
        return made

    def _watching(self, value: int) -> int:
        """The tapes that were told to watch it, whenever that was: `_events` has the rest."""
        thing = self.program.thing(value)
        bits = 0
        for watch in self._watches:
            if self.program.thing(watch.value) == thing and watch.variable:
                bits |= watch.tape
        return bits

    def _watched(self, tensor: Any, bits: int) -> Any:
        if bits and (tensor.dtype.is_floating or tensor.dtype.is_complex):
            self._tapes.watch(tensor, bits)
        return tensor

    # -- records

    def _try(self, index: int, record: Record) -> None:
        """One record. What fails is an error only once something comes of it."""
        missing = None if isinstance(record.attrs, Joined) else self._missing(record)
        try:
            if missing is not None:
                raise missing
            self._step(index, record)
        except Exception as error:
            self._failed.update((value, error) for value in record.outs if value >= 0)
            self._failed_at.setdefault(id(error), index)

    def _missing(self, record: Record) -> Exception | None:
        found = (self._failed.get(value) for value in record.ins if value not in self.env)
        return next((error for error in found if error is not None), None)

    def _step(self, index: int, record: Record) -> None:
        instrument = self.instrument
        # A variable is the same one whatever is written on it, and whoever sees that.
        own = self._tapes.every if writes(record.kind) else record.tapes
        tapes = instrument.taped(index, own)
        asked = any(instrument.asks_of(value) for value in record.ins)
        if self.program.given(record) and not asked:
            for value in record.outs:
                if value in self.program.met:
                    self._leaf(value)
            return
        inputs = self._inputs(index, record, tapes)
        self._tapes.switch(tapes)

        def act(tensors: list[Any]) -> Sequence[Any]:
            return self._run(index, record, tensors)

        results = instrument.call(index, inputs, act)
        if self.instrument.wide and (not record.ins or record.kind.startswith("Stateless")):
            results = [self.wider.tensor(one) for one in results]
        # What an instrument puts on a value is known to every tape.
        self._tapes.switch(self._tapes.every)
        for value, tensor in zip(record.outs, results, strict=False):
            if value >= 0:
                if record.kind == "AssignVariableOp":
                    tensor = self._assigned(value, tensor)
                made = self.env[value] = instrument.made(index, value, tensor)
                if instrument.asks_of(value):
                    self._watched(made, self._tapes.every)
        for value in self._last.get(index, ()):
            self.env.pop(value, None)

    def _inputs(self, index: int, record: Record, tapes: int) -> list[Any]:
        found = []
        for position, source in enumerate(record.ins):
            if source < 0:
                if record.kind == "AssignVariableOp":
                    continue
                name = self.program.name(index)
                raise CannotReplayError(f"`{name}` was given something that was not seen")
            tensor = self.env.get(source)
            if tensor is None:
                tensor = self._leaf(source)
            self._tapes.switch(tapes)
            found.append(self.instrument.operand(index, position, source, tensor))
        return found

    def _run(self, index: int, record: Record, inputs: list[Any]) -> Sequence[Any]:
        if record.kind == "tape.gradient":
            return self._answered(index, record)
        if isinstance(record.attrs, Joined):
            found = chosen(record.attrs, self._needed, self.env.get, self._looped, self.wider)
            return [identity(found)]
        if record.kind == "ResourceApply":
            return [self._updated(record.outs[0], inputs[0])]
        if is_custom(record):
            closing = record.attrs.needs if isinstance(record.attrs, Closure) else {}
            needs = {key: self.env[value] for key, value in closing.items() if value in self.env}
            return custom(record, inputs, needs)
        wider = Wider() if record.kind.startswith("Stateless") else self.wider
        return execute(record.kind, inputs, record.attrs, len(record.outs), wider)

    def _assigned(self, value: int, tensor: Any) -> Any:
        """A variable was written over: gradient of it is that of whatever it holds, whenever."""
        thing = self.program.thing(value)
        before = next((v for v in self.env if v != value and self.program.thing(v) == thing), None)
        if before is not None:
            return replaced(tensor, self.env[before])
        return self._watched(tensor, self._tapes.automatic | self._watching(value))

    def _needed(self, value: int) -> Any:
        tensor = self.env.get(value)
        if tensor is None and self.program.known(value):
            tensor = self._leaf(value)
        if tensor is None:
            raise self._failed.get(value) or CannotReplayError("what a branch gives is not known")
        return tensor

    def _updated(self, value: int, before: Any) -> Any:
        """What an optimizer made of a variable in the midst of the step."""
        program = self.program
        tensor = program.pinned.get(value)
        if tensor is None:
            tensor = read(program.handles[value])
        return replaced(self.wider.tensor(identity(tensor)), before)

    # -- asks

    def _events(self, index: int) -> None:
        while self._watches and self._watches[0].at <= index:
            watch = self._watches.pop(0)
            tensor = self.env.get(watch.value)
            if tensor is not None and not watch.variable:
                self._watched(tensor, watch.tape)
        while self._asks and self._asks[0][1].at <= index:
            number, ask = self._asks.pop(0)
            if self.instrument.asked(ask.sources):
                self._ask(number, ask)

    def _ask(self, number: int, ask: Ask) -> None:
        for target in ask.targets:
            if target in self._failed:
                error = self._failed[target]
                self.record = self._failed_at[id(error)]
                raise error
        targets = [self.env[t] if t in self.env else self._leaf(t) for t in ask.targets]
        self._losses += zip(ask.targets, targets, strict=True)
        wanted = [value for value in sorted(self.wanted) if self._concerns(value, ask)]
        values = [value for value in wanted if value in self.env]
        sources = [value for value in ask.sources if value in self.env]
        if not values and not sources:
            return
        self._tapes.switch(self.instrument.taped(-1, 0))
        both = [*values, *sources]
        found = self._tapes.gradient(ask, targets, [self.env[v] for v in both], self.wider)
        self._answers[number] = found[len(values) :]
        self._tapes.switch(0)
        for value, gradient in zip(values, found, strict=False):
            if gradient is not None:
                gradient, before = dense(gradient), self._gradients.get(value)
                if before is None or _rank(gradient) < _rank(before):
                    self._gradients[value] = gradient

    def _concerns(self, value: int, ask: Ask) -> bool:
        """Whether this ask tells the gradient of a value: it was asked for it, or none was."""
        thing = self.program.thing
        own = thing(value)
        asks = self.program.asks
        listed = [one for one in asks if any(thing(s) == own for s in one.sources)]
        return ask in listed or not listed

    def _answered(self, index: int, record: Record) -> Sequence[Any]:
        """Gradients as numbers that the step goes on with."""
        for number, ask in reversed(list(enumerate(self.program.asks))):
            if ask.at <= index and number in self._answers:
                found = [one for one in self._answers[number] if one is not None]
                flat = [getattr(one, "values", one) for one in found]
                if len(flat) == len(record.outs):
                    return [identity(one) for one in flat]
                break
        raise CannotReplayError("it goes on with gradients in a way that was not seen")


def _rank(gradient: Any) -> int:
    """Of several gradients the best one is told: the same is done where they are observed."""
    return _BEST.index(measure(gradient).kind)


def _cast_to(record: Record) -> str:
    from tensorflow.python.framework import dtypes

    from whygrad.backends.tensorflow.replay.executing import Attributes

    value = Attributes(record.kind, record.attrs).get("DstT")
    return "" if value is None else str(dtypes.as_dtype(value).name)


def _short(error: BaseException) -> str:
    lines = str(getattr(error, "message", error)).strip().split("\n")
    return lines[0] if len(lines[0]) < 120 else lines[0][:117] + "..."
