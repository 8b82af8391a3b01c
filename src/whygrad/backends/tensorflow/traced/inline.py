"""Puts the ops of traced functions in place of their calls, so that a step is one flat list.

Everything gets a number anew, in the order in which it comes to be: what happens inside of a call
comes between what the call was given and what it gave back.
"""

from __future__ import annotations

from whygrad.backends.tensorflow.freeze import as_it_is
from whygrad.backends.tensorflow.log import Ask, Call, Flat, Record, StepLog, Taped, Watch
from whygrad.backends.tensorflow.traced.graphs import is_resource
from whygrad.backends.tensorflow.traced.unfolding import Fetched, Held, Slot, Unfolding
from whygrad.runtime.callsite import Callsites


class Inline:
    """Flattens steps; set as `Flow.flatten`."""

    def __init__(self, callsites: Callsites) -> None:
        self.callsites = callsites

    def __call__(self, log: StepLog) -> Flat:
        """The step without calls."""
        if not any(isinstance(record, Call) for record in log.records):
            return as_it_is(log)
        return _Step(log, self.callsites).flat()


class _Step:
    def __init__(self, log: StepLog, callsites: Callsites) -> None:
        self.log = log
        self.numbers = [-1] * log.count
        self.out = Unfolding(callsites)
        self.out.tapes = dict(log.tapes)
        self.out.regions = list(log.regions)
        self.starts: list[int] = []
        """For each record of the log, how many there were here before it."""

    def flat(self) -> Flat:
        out, log = self.out, self.log
        for record in log.records:
            self.starts.append(len(out.records))
            if isinstance(record, Call):
                self._call(record)
            else:
                self._record(record)
        self.starts.append(len(out.records))
        for value in range(log.count):
            self._value(value)
        asks = [self._ask(ask) for ask in log.asks]
        return Flat(
            out.records,
            len(out.floats),
            out.floats,
            out.holders,
            asks + out.asks,
            {bit: self._taped(taped) for bit, taped in out.tapes.items()},
            [self._watch(watch) for watch in log.watches] + out.watches,
            out.regions,
            self.numbers,
            out.met,
        )

    def _value(self, value: int) -> int:
        if value < 0:
            return value
        number = self.numbers[value]
        if number < 0:
            handle = self.log.holders.get(value)
            floating = bool(self.log.floats[value])
            out = self.out
            number = out.fresh(floating) if handle is None else out.hold(handle, floating)
            self.numbers[value] = number
        return number

    def _made(self, value: int) -> int:
        """A record makes it: also where the log has shown it before, it is new now."""
        if value < 0:
            return value
        self.numbers[value] = -1
        return self._value(value)

    def _record(self, record: Record) -> None:
        ins = tuple(map(self._value, record.ins))
        outs = tuple(map(self._made, record.outs))
        self.out.records.append(record._replace(ins=ins, outs=outs))

    def _call(self, call: Call) -> None:
        out, log = self.out, self.log
        given: list[Slot] = []
        fetched = call.fetched or {}
        for position, (tensor, value) in enumerate(zip(call.graph.inputs, call.ins, strict=False)):
            if position in fetched:
                given.append(Fetched(list(fetched[position])))
                continue
            number = self._value(value)
            handle = log.holders.get(value)
            given.append(Held(handle) if handle is not None and is_resource(tensor) else number)
        made = out.call(call.graph, given, call.tapes, call.region, call.phase)
        for value, slot in zip(call.outs, made, strict=False):
            if value >= 0 and isinstance(slot, int) and slot >= 0:
                self.numbers[value] = slot
        for position, value in call.writes:
            held = given[position]
            if isinstance(held, Held):
                self.numbers[value] = out.held(held.handle)

    def _ask(self, ask: Ask) -> Ask:
        targets = tuple(map(self._value, ask.targets))
        sources = tuple(map(self._value, ask.sources))
        return ask._replace(targets=targets, sources=sources, at=self._at(ask.at))

    def _taped(self, taped: Taped) -> Taped:
        own = taped.bit in self.log.tapes
        return taped._replace(at=self._at(taped.at)) if own else taped

    def _watch(self, watch: Watch) -> Watch:
        return watch._replace(value=self._value(watch.value), at=self._at(watch.at))

    def _at(self, at: int) -> int:
        return self.starts[min(at, len(self.starts) - 1)]
