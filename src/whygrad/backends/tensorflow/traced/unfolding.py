"""Writes down what a traced function does, op by op, as if it had run eagerly.

A tape that records the call of a function differentiates the function as a whole: what stops a
tape inside of it (`stop_recording`) means nothing to one outside.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from whygrad.backends.keras.inventory.handles import FLOATING
from whygrad.backends.tensorflow.custom import Outcome
from whygrad.backends.tensorflow.kinds import is_variable_op, writes
from whygrad.backends.tensorflow.log import Ask, Phase, Record, Taped, Watch
from whygrad.backends.tensorflow.traced import graphs
from whygrad.backends.tensorflow.traced.closures import closure
from whygrad.backends.tensorflow.traced.tracing import CALLS, Answer, Custom, Made, Trace, trace_of
from whygrad.backends.tensorflow.traced.untold import custom_results, site_of
from whygrad.runtime.callsite import Callsites

_RUN_OTHERS: Final = CALLS | graphs.BRANCHES | graphs.LOOPS | graphs.DATASETS

_INPUTS: Final = ("Placeholder", "Const")
"""What stands for a value from outside: a small eager tensor that a function captures becomes a
`Const`, and is an input of its graph all the same (TensorFlow 2.16 to 2.21).
"""


class Held(NamedTuple):
    """A handle, by the `_id` of the variable's own."""

    handle: int


@dataclass(slots=True)
class Fetched:
    """An iterator, and what it gives first."""

    batch: list[Any]


Slot = int | Held | Fetched
"""What a tensor of a graph is in this run; a number below 0 is nothing."""


class Attributes:
    """Those of an op in a graph, read when they are wanted."""

    __slots__ = ("_op",)

    def __init__(self, op: Any) -> None:
        self._op = op

    def items(self) -> Any:
        """Name and `AttrValue` of each."""
        return self._op.node_def.attr.items()


@dataclass(slots=True)
class Frame:
    """One run of a graph."""

    graph: Any
    trace: Trace | None
    tapes: int
    """Those that record the run as a whole."""
    region: int
    phase: Phase
    slots: dict[int, Slot] = field(default_factory=dict)
    """By the `_id` of the symbolic tensor."""
    bits: dict[int, int] = field(default_factory=dict)
    """What the bit of a tape of the trace is here."""


class Unfolding:
    """What has been written down so far; see `log.Flat`."""

    def __init__(self, callsites: Callsites) -> None:
        self.callsites = callsites
        self.records: list[Record] = []
        self.floats = bytearray()
        self.holders: dict[int, int] = {}
        self.asks: list[Ask] = []
        self.tapes: dict[int, Taped] = {}
        self.watches: list[Watch] = []
        self.regions: list[tuple[str, int]] = [("", 0)]
        self.variables: dict[int, int] = {}
        """What each variable holds now, by handle."""
        self.met: dict[int, Any] = {}
        """What came out of iterators, by value."""
        self._made_inside = 1 << 60
        """Ids of variables that have none outside; far from those that have."""

    # -- values

    def fresh(self, floating: bool) -> int:
        """Number a new value."""
        self.floats.append(floating)
        return len(self.floats) - 1

    def hold(self, handle: int, floating: bool = True) -> int:
        """Number what a variable holds from now on."""
        number = self.variables[handle] = self.fresh(floating)
        self.holders[number] = handle
        return number

    def held(self, handle: int, floating: bool = True) -> int:
        """What a variable holds now."""
        number = self.variables.get(handle)
        return self.hold(handle, floating) if number is None else number

    def slot(self, frame: Frame, tensor: Any) -> Slot:
        """What a tensor is; something from nowhere where nothing here has made it."""
        slot = frame.slots.get(tensor._id)
        if slot is None:
            slot = -1 if graphs.is_resource(tensor) else self.fresh(is_float(tensor))
            frame.slots[tensor._id] = slot
        return slot

    def value(self, frame: Frame, tensor: Any) -> int:
        """The same as a number; of a handle, what the variable holds."""
        slot = self.slot(frame, tensor)
        if isinstance(slot, Held):
            return self.held(slot.handle)
        return slot if isinstance(slot, int) else -1

    def named(self, frame: Frame, token: int) -> int:
        """What a token of the trace is: see `Trace.number`."""
        assert frame.trace is not None
        thing = frame.trace.things[token]
        if getattr(thing, "graph", None) is frame.graph:
            return self.value(frame, thing)
        if hasattr(thing, "_datatype_enum") and thing._datatype_enum() == graphs.RESOURCE:
            return self.held(thing._id)
        for outside, inside in frame.graph.captures:
            if outside is thing:
                return self.value(frame, inside)
        return self.fresh(is_float(thing))

    # -- a graph

    def call(
        self, graph: Any, given: list[Slot], tapes: int, region: int, phase: Phase
    ) -> list[Slot]:
        """Write down one run of a graph; give what its outputs are."""
        frame = Frame(graph, trace_of(graph), tapes, region, phase)
        for tensor, slot in zip(graph.inputs, given, strict=False):
            frame.slots[tensor._id] = slot
        if frame.trace is None:
            for op in graph.get_operations():
                self._op(frame, Made(op, site_of(op, self.callsites), 0, phase, 0))
        else:
            for item in frame.trace.items:
                self._item(frame, item)
        return [self.slot(frame, tensor) for tensor in graph.outputs]

    def _item(self, frame: Frame, item: Any) -> None:
        if isinstance(item, Made):
            if not graphs.is_hidden(item, frame.tapes):
                self._op(frame, item)
        elif isinstance(item, Taped):
            bit = frame.bits[item.bit] = 1 << len(self.tapes)
            self.tapes[bit] = item._replace(bit=bit, at=len(self.records))
        elif isinstance(item, Watch):
            value = self.named(frame, item.value)
            bit, at = frame.bits.get(item.tape, 0), len(self.records)
            self.watches.append(item._replace(tape=bit, value=value, at=at))
        elif isinstance(item, Ask):
            self.asks.append(self._ask(frame, item))
        elif isinstance(item, Answer):
            self._answer(frame, item)
        elif isinstance(item, Custom):
            self._custom(frame, item)

    def _ask(self, frame: Frame, ask: Ask) -> Ask:
        return ask._replace(
            tape=frame.bits.get(ask.tape, 0),
            targets=tuple(self.named(frame, t) for t in ask.targets),
            sources=tuple(self.named(frame, s) for s in ask.sources),
            at=len(self.records),
        )

    def _answer(self, frame: Frame, answer: Answer) -> None:
        fresh = [t for t in answer.results if t._id not in frame.slots]
        if not fresh:
            return
        ask = self._ask(frame, answer.ask)
        ins = (*ask.targets, *dict.fromkeys(ask.sources))
        outs = tuple(self.new(frame, tensor) for tensor in fresh)
        record = Record("tape.gradient", ins, outs, ask.site, 0, Phase.BACKWARD)
        self.records.append(record._replace(region=frame.region))

    def _custom(self, frame: Frame, custom: Custom) -> None:
        assert frame.trace is not None
        ins = tuple(self.named(frame, token) for token in (*custom.ins, *custom.inner))
        outs = tuple(self.new(frame, frame.trace.things[token]) for token in custom.outs)
        made = Made(None, custom.site, custom.tapes, custom.phase, custom.region)
        record = self.record(frame, made, f"custom_gradient {custom.name}", ins, outs)
        again = closure(custom.outcome, lambda tensor: self._known(frame, tensor))
        self.records.append(record._replace(detail=custom.outcome, attrs=again))

    def _known(self, frame: Frame, tensor: Any) -> int | None:
        """What a tensor is by now; None where nothing has made it."""
        slot = frame.slots.get(tensor._id)
        if isinstance(slot, Held):
            return self.held(slot.handle)
        return slot if isinstance(slot, int) and slot >= 0 else None

    # -- an op

    def _op(self, frame: Frame, made: Made) -> None:
        op = made.op
        if op.type in _INPUTS and op.outputs[0]._id in frame.slots:
            return
        if frame.trace is not None and op.name in frame.trace.outcomes:
            return  # told as a whole
        if op.type in _RUN_OTHERS:
            from whygrad.backends.tensorflow.traced.branching import unfold

            if unfold(self, frame, made):
                return
        if op.type == "IdentityN" and self._custom_untold(frame, made):
            return
        if op.type == "VarHandleOp":
            self._made_inside += 1
            frame.slots[op.outputs[0]._id] = Held(self._made_inside)
            return
        self._plain(frame, made)

    def _plain(self, frame: Frame, made: Made) -> None:
        op = made.op
        on_variable = is_variable_op(op.type)
        ins = []
        for position, tensor in enumerate(op.inputs):
            slot = self.slot(frame, tensor)
            if not isinstance(slot, Held):
                ins.append(slot if isinstance(slot, int) else -1)
            elif on_variable and (position or op.type != "AssignVariableOp"):
                ins.append(self.held(slot.handle))
            else:
                ins.append(-1)
        outs = [self.new(frame, tensor) for tensor in op.outputs]
        if op.type == "IteratorGetNext":
            self._fetch(frame, op, outs)
        floating = None
        if not outs and writes(op.type) and len(op.inputs):
            slot = self.slot(frame, op.inputs[0])
            if isinstance(slot, Held):
                before = self.variables.get(slot.handle)
                floating = is_float(op.inputs[-1]) if before is None else bool(self.floats[before])
                outs.append(self.hold(slot.handle, floating))
        record = self.record(frame, made, op.type, tuple(ins), tuple(outs))
        self.records.append(record._replace(attrs=Attributes(op)))

    def _fetch(self, frame: Frame, op: Any, outs: list[int]) -> None:
        """Note the tensors that an iterator gives, once."""
        slot = self.slot(frame, op.inputs[0])
        if isinstance(slot, Fetched) and len(slot.batch) == len(outs):
            self.met.update(zip(outs, slot.batch, strict=True))
            slot.batch = []

    def _custom_untold(self, frame: Frame, made: Made) -> bool:
        """A function with its own gradient, in a graph that was traced before anyone looked on."""
        op = made.op
        results = custom_results(op)
        if results is None:
            return False
        values = [self.value(frame, tensor) for tensor in op.inputs]
        ins, inner = values[results:], values[:results]
        outs = tuple(self.new(frame, tensor) for tensor in op.outputs[:results])
        for tensor, value in zip(op.outputs[results:], ins, strict=True):
            frame.slots[tensor._id] = value
        record = self.record(
            frame, made, "custom_gradient tf.custom_gradient", (*ins, *inner), outs
        )
        self.records.append(record._replace(detail=Outcome(tuple(ins))))
        return True

    def new(self, frame: Frame, tensor: Any) -> int:
        """Number what an op has just made."""
        if graphs.is_resource(tensor):
            frame.slots[tensor._id] = -1
            return -1
        number = self.fresh(is_float(tensor))
        frame.slots[tensor._id] = number
        return number

    def record(
        self, frame: Frame, made: Made, kind: str, ins: tuple[int, ...], outs: tuple[int, ...]
    ) -> Record:
        """One op of a run."""
        floating = 0
        for position, out in enumerate(outs):
            if out >= 0 and self.floats[out]:
                floating |= 1 << position
        tapes, region = self.tapes_of(frame, made)
        return Record(kind, ins, outs, made.site, tapes, made.phase, None, floating, region)

    def tapes_of(self, frame: Frame, made: Made) -> tuple[int, int]:
        """The tapes that recorded an op, and the region it ran in."""
        tapes, bits = frame.tapes, made.tapes
        while bits:
            bit = bits & -bits
            bits ^= bit
            tapes |= frame.bits.get(bit, 0)
        if not made.region or frame.trace is None:
            return tapes, frame.region
        opened = frame.trace.log.regions[made.region]
        if opened not in self.regions:
            self.regions.append(opened)
        return tapes, self.regions.index(opened)


def is_float(tensor: Any) -> bool:
    """Whether a gradient can be of it."""
    return tensor.dtype.as_datatype_enum in FLOATING
