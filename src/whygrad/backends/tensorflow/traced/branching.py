"""Writes down calls inside of a graph: functions, both branches of a conditional, loops.

Which branch is taken and how often a loop goes round is known when it runs. Data and gradient can
go every way that some run takes: both branches are written down, and as many rounds of a loop as it
takes for what one round carries over to arrive wherever it can.
"""

from __future__ import annotations

from typing import Any, Final

from whygrad.backends.tensorflow.traced import graphs
from whygrad.backends.tensorflow.traced.closures import Joined
from whygrad.backends.tensorflow.traced.tracing import CALLS, Made
from whygrad.backends.tensorflow.traced.unfolding import Frame, Held, Slot, Unfolding, is_float

_ROUNDS: Final = 6


def unfold(out: Unfolding, frame: Frame, made: Made) -> bool:
    """Write down a call; False where its graph is not there."""
    op = made.op
    inner = graphs.called(op)
    if not inner or any(graph is None for graph in inner):
        return False
    if op.type in graphs.DATASETS:
        _over_dataset(out, frame, made, inner[0])
        return True
    given = [out.slot(frame, tensor) for tensor in graphs.arguments(op)]
    if op.type in CALLS:
        _hand_back(out, frame, op, out.call(inner[0], given, *_state(out, frame, made)))
    elif op.type in graphs.LOOPS:
        _loop(out, frame, made, inner, given)
    else:
        _branches(out, frame, made, inner, given)
    return True


def _state(out: Unfolding, frame: Frame, made: Made) -> tuple[int, int, Any]:
    return (*out.tapes_of(frame, made), made.phase)


def _hand_back(out: Unfolding, frame: Frame, op: Any, made: list[Slot]) -> None:
    for tensor, slot in zip(op.outputs, made, strict=False):
        frame.slots[tensor._id] = slot


def _branches(
    out: Unfolding, frame: Frame, made: Made, inner: list[Any], given: list[Slot]
) -> None:
    before = dict(out.variables)
    results, held = [], []
    for graph in inner:
        out.variables = dict(before)
        results.append(out.call(graph, given, *_state(out, frame, made)))
        held.append(out.variables)
    decides = out.value(frame, made.op.inputs[0])
    out.variables = _merged(out, frame, made, before, held, decides)
    for position, tensor in enumerate(made.op.outputs):
        ways = [result[position] for result in results if position < len(result)]
        frame.slots[tensor._id] = _joined(out, frame, made, ways, decides)


def _merged(
    out: Unfolding,
    frame: Frame,
    made: Made,
    before: dict[int, int],
    held: list[dict[int, int]],
    decides: int,
) -> dict[int, int]:
    """What the variables hold, whichever branch has run."""
    merged: dict[int, int] = {}
    for handle in dict.fromkeys(handle for one in held for handle in one):
        ways = list(dict.fromkeys(one[handle] for one in held if handle in one))
        if len(ways) == 1:
            merged[handle] = ways[0]
        else:
            number = merged[handle] = out.fresh(bool(out.floats[ways[0]]))
            out.holders[number] = handle
            ins = (*ways, decides)
            record = out.record(frame, made, made.op.type, ins, (number,))
            each = tuple(one.get(handle, -1) for one in held)
            out.records.append(record._replace(attrs=Joined(made.op, each, (decides,))))
    return merged


def _joined(
    out: Unfolding,
    frame: Frame,
    made: Made,
    ways: list[Slot],
    decides: int,
    joined: Joined | None = None,
) -> Slot:
    """What comes out, whichever way was taken."""
    handles = [way for way in ways if not isinstance(way, int)]
    if handles:
        return handles[0]
    numbers = list(dict.fromkeys(way for way in ways if isinstance(way, int) and way >= 0))
    if not numbers:
        return -1
    number = out.fresh(bool(out.floats[numbers[0]]))
    ins = (*numbers, decides)
    if joined is None and made.op.type in graphs.BRANCHES:
        joined = Joined(made.op, _numbers(out, ways), (decides,))
    record = out.record(frame, made, made.op.type, ins, (number,))
    out.records.append(record._replace(attrs=joined))
    return number


def _numbers(out: Unfolding, slots: list[Slot]) -> tuple[int, ...]:
    """The same as values; of a handle, what the variable holds."""
    held = [out.held(slot.handle) if isinstance(slot, Held) else slot for slot in slots]
    return tuple(slot if isinstance(slot, int) else -1 for slot in held)


def _loop(out: Unfolding, frame: Frame, made: Made, inner: list[Any], given: list[Slot]) -> None:
    condition, body = inner
    rounds: list[list[Slot]] = []
    carried, decides = given, -1
    goes_on: list[int] = []
    for _ in range(_rounds(body)):
        state = _state(out, frame, made)
        (decided, *_rest) = out.call(condition, carried, *state) or [-1]
        decides = decided if isinstance(decided, int) else -1
        goes_on.append(decides)
        # What the loop only hands round may be missing among what a round gives.
        carried = out.call(body, carried, *state)
        rounds.append(carried)
    for position, tensor in enumerate(made.op.outputs):
        ways = [one[position] for one in rounds if position < len(one)]
        before = given[position] if position < len(given) else -1
        joined = Joined(
            made.op,
            _numbers(out, [before, *ways]),
            tuple(goes_on),
            _numbers(out, carried),
            position,
        )
        frame.slots[tensor._id] = _joined(out, frame, made, ways, decides, joined)


def _over_dataset(out: Unfolding, frame: Frame, made: Made, inner: Any) -> None:
    """A `for` over a dataset: two elements show all that one hands on to the next."""
    op = made.op
    elements = out.value(frame, op.inputs[0])
    states = graphs.carried(op)
    given = graphs.arguments(op)
    carried: list[Slot] = [out.slot(frame, tensor) for tensor in given[:states]]
    rounds: list[list[Slot]] = []
    for _ in range(2):
        handed = list(carried)
        for place in range(states, len(given)):
            if given[place] is not None:
                handed.append(out.slot(frame, given[place]))
                continue
            number = out.fresh(is_float(inner.inputs[place]))
            out.records.append(out.record(frame, made, op.type, (elements,), (number,)))
            handed.append(number)
        results = out.call(inner, handed, *_state(out, frame, made))
        carried = results[:states]
        rounds.append(results)
    if op.type == "ReduceDataset":
        for place, tensor in enumerate(op.outputs):
            ways = [one[place] for one in rounds]
            frame.slots[tensor._id] = _joined(out, frame, made, ways, elements)
        return
    every = {slot for one in rounds for slot in one if isinstance(slot, int) and slot >= 0}
    number = out.new(frame, op.outputs[0])
    out.records.append(out.record(frame, made, op.type, (*sorted(every), elements), (number,)))


def _rounds(body: Any) -> int:
    """How many rounds it takes until everything that is carried over has arrived."""
    reached = _feeds(body)
    longest = 1
    for start in range(len(reached)):
        seen, front, steps = 1 << start, 1 << start, 0
        while front:
            ahead = 0
            for place, sources in enumerate(reached):
                if sources & front and not seen >> place & 1:
                    ahead |= 1 << place
            seen |= ahead
            front = ahead
            steps += bool(ahead)
        longest = max(longest, steps)
    return min(longest + 1, _ROUNDS)


def _feeds(body: Any) -> list[int]:
    """For each output of a round, one bit for each input that it is made of."""
    made = {tensor._id: 1 << place for place, tensor in enumerate(body.inputs)}
    for op in graphs.ops_of(body):
        found = 0
        for tensor in op.inputs:
            found |= made.get(tensor._id, 0)
        for tensor in op.outputs:
            if tensor._id not in made:
                made[tensor._id] = found
    return [made.get(tensor._id, 0) for tensor in body.outputs]
