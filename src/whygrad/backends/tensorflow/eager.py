"""The hot path: TensorFlow's op callback, which tells of every eager op once it has run.

Everything that can wait is done when the step is frozen. `add_op_callback` wakes nothing: the
context comes to be without a device (2.21), so that a script may still configure it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from types import FrameType
from typing import Any

from whygrad.backends.keras.inventory.handles import FLOATING, RESOURCE, handle_of
from whygrad.backends.tensorflow.entering import given, is_variable
from whygrad.backends.tensorflow.kinds import FLEETING, is_variable_op, spelled, writes
from whygrad.backends.tensorflow.log import Record, StepLog
from whygrad.backends.tensorflow.place import Place
from whygrad.backends.tensorflow.replay.keeping import read
from whygrad.backends.tensorflow.traced.runs import Moment
from whygrad.runtime.callsite import Callsites
from whygrad.runtime.leaving import Leaving

_frame = sys._getframe


class Eager(Place):
    """Notes the eager ops of the thread that installed it."""

    def __init__(self, callsites: Callsites, on_fault: Callable[[BaseException], None]) -> None:
        super().__init__(callsites)
        self.on_fault = on_fault
        self.failed = False
        self.off = 0
        self.leaving = Leaving(callsites)
        self.returned: tuple[int, ...] = ()
        """What the Python function that has just run inside of an op gave back."""
        self.in_graph: Callable[..., None] | None = None
        """Told of ops that are created in a graph, with the frame they are created from."""

    def begin(self) -> None:
        """Start an empty log. Tapes that are open stay open."""
        old = self.log
        self.log = StepLog()
        kept = {key: bit for key, bit in self._bits.items() if bit & self.active}
        self._bits = {}
        self.active = 0
        for key, bit in sorted(kept.items(), key=lambda item: item[1]):
            new = self._bits[key] = 1 << len(self.log.tapes)
            self.log.tapes[new] = old.tapes[bit]._replace(bit=new, at=0)
            self.active |= new
        self.log.regions = old.regions[: self.region + 1]
        self._put_aside.clear()
        self.leaving.clear()

    def fail(self, error: BaseException) -> None:
        """Stop noting: a fault of ours must not become the script's."""
        if not self.failed:
            self.failed = True
            self.off += 1 << 20
            self.on_fault(error)

    def callback(
        self,
        kind: Any,
        inputs: Any,
        attrs: Any,
        outputs: Any,
        op_name: Any = None,
        graph: Any = None,
    ) -> None:
        """What TensorFlow calls."""
        if self.off:
            return
        try:
            if graph is not None:
                if self.in_graph is not None:
                    self.in_graph(kind, inputs, attrs, outputs, op_name, graph, _frame(1))
            else:
                self._note(kind, inputs, attrs, outputs)
        except Exception as error:
            self.fail(error)

    def _note(self, kind: Any, inputs: Any, attrs: Any, outputs: Any) -> None:
        if type(kind) is bytes:
            kind = kind.decode()
        log = self.log
        numbers = log.numbers
        frame = _frame(2)
        ins = []
        missing = False
        for tensor in inputs:
            try:
                ins.append(numbers[tensor._id])
            except KeyError:
                resource = tensor._datatype_enum() == RESOURCE
                ins.append(self._resource(kind, tensor) if resource else -2)
                missing = missing or not resource
            except AttributeError:
                ins.append(-1)  # `execute` also takes Python numbers
        if missing:
            self._enter(kind, inputs, ins, frame)
        if self.returned and kind == "EagerPyFunc":
            ins, self.returned = list(self.returned), ()
        outs, floating = _number(log, outputs)
        if kind in FLEETING and not (kind == "ReadVariableOp" and floating):
            log.met.update(zip(outs, outputs, strict=True))
        if not outs and writes(kind) and inputs:
            floating = held_dtype(inputs[0]) in FLOATING
            outs.append(log.written(inputs[0]._id, floating))
        log.records.append(
            Record(
                kind,
                tuple(ins),
                tuple(outs),
                self.callsites.capture(frame),
                self.active,
                self.phase,
                attrs,
                floating,
                self.region,
            )
        )

    def _enter(self, kind: str, inputs: Any, ins: list[int], frame: FrameType) -> None:
        """Number inputs that no op of this step has made: see `entering`."""
        items = given(frame, inputs) or [None] * len(inputs)
        for position, tensor in enumerate(inputs):
            if ins[position] != -2:
                continue
            item = items[position]
            if is_variable(item):
                ins[position] = self._read(item, tensor, frame)
                continue
            ins[position] = self._meet(kind, tensor)
            array = hasattr(item, "__array_interface__")
            if item is not tensor and (self.leaving.active or array):
                self.leaving.entered(
                    spelled(kind), (item,), ins[position], frame, entry=False, arithmetic=True
                )

    def _read(self, variable: Any, tensor: Any, frame: FrameType) -> int:
        """A variable that TensorFlow read on its way into an op."""
        log = self.log
        floating = tensor._datatype_enum() in FLOATING
        held = self._held(handle_of(variable), floating)
        known = log.known(tensor._id)
        if known is not None:
            return known  # given twice: `concat([v, v])`
        value = log.value(tensor._id, floating)
        site = self.callsites.capture(frame)
        record = Record("ReadVariableOp", (held,), (value,), site, self.active, self.phase)
        log.records.append(record._replace(floating=floating, region=self.region))
        return value

    def came(self, item: Any, tensor: Any, frame: FrameType) -> None:
        """A number or an array became a tensor."""
        kind = type(item)
        array = hasattr(item, "__array_interface__")
        if kind is int or kind is str or not (self.leaving.active or array):
            return
        value = self.log.value(tensor._id, tensor._datatype_enum() in FLOATING)
        self.log.met[value] = tensor
        self.leaving.entered("tf.constant", (item,), value, frame, entry=True)

    def _meet(self, kind: str, tensor: Any) -> int:
        """Number a tensor that no op of this step has made."""
        dtype = tensor._datatype_enum()
        if dtype == RESOURCE:
            return self._resource(kind, tensor)
        value = self.log.value(tensor._id, dtype in FLOATING)
        self.log.met[value] = tensor
        return value

    def _resource(self, kind: str, tensor: Any) -> int:
        if kind == "AssignVariableOp":
            return -1  # what it held before is nothing to this step
        if is_variable_op(kind):
            return self._held(tensor, held_dtype(tensor) in FLOATING)
        return -1

    def _held(self, handle: Any, floating: bool) -> int:
        """What a variable holds now; at first sight its handle is kept for the step."""
        log = self.log
        old = log.updated.pop(handle._id, None)
        value = log.variable(handle._id, floating) if old is None else self._again(handle, old)
        log.handles.setdefault(value, handle)
        return value

    def _again(self, handle: Any, old: int) -> int:
        """A variable is read that an optimizer has updated, which nobody has listened to."""
        log = self.log
        floating = bool(log.floats[old])
        value = log.written(handle._id, floating)
        record = Record("ResourceApply", (old,), (value,), 0, 0)
        log.records.append(record._replace(floating=floating))
        if old in log.pinned:
            self.off += 1
            try:
                log.pinned[value] = read(handle)
            finally:
                self.off -= 1
        return value

    def moment(self, moment: Moment) -> None:
        """What runs now is told of as it runs."""

    def has(self, tensor: Any) -> bool:
        return self.log.known(tensor._id) is not None

    def number(self, tensor: Any) -> int:
        handle = handle_of(tensor)
        if handle is not None:
            return self._held(handle, held_dtype(handle) in FLOATING)
        known = self.log.known(tensor._id)
        return self._meet("", tensor) if known is None else known

    def made(self, tensors: Iterable[Any]) -> tuple[int, ...]:
        tensors = list(tensors)
        bits = sum((t._datatype_enum() in FLOATING) << i for i, t in enumerate(tensors))
        return self.log.made((t._id for t in tensors), bits)


def _number(log: StepLog, outputs: Any) -> tuple[list[int], int]:
    """Number what an op made, and tell which of it a gradient can be of."""
    floating = 0
    outs = []
    numbers = log.numbers
    count = log.count
    floats = log.floats
    for position, tensor in enumerate(outputs):
        dtype = tensor._datatype_enum()
        if dtype == RESOURCE:
            outs.append(-1)
            continue
        numbers[tensor._id] = count
        outs.append(count)
        count += 1
        if dtype in FLOATING:
            floating |= 1 << position
            floats.append(1)
        else:
            floats.append(0)
    log.count = count
    return outs, floating


def held_dtype(handle: Any) -> int:
    """The number of the dtype of what a variable holds; 1 (float32) where that is not known."""
    data = getattr(handle, "_handle_data", None)
    parts = getattr(data, "shape_and_type", None)
    return int(parts[0].dtype) if parts else 1
