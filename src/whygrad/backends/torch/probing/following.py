"""The first op that makes a nan or an inf in a step that is changed: what a mend uncovers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from whygrad.backends.torch.probing import bad as sickness
from whygrad.backends.torch.probing.details import Details
from whygrad.backends.torch.probing.gauge import Gauge, Sizes
from whygrad.backends.torch.probing.ways import places
from whygrad.backends.torch.replay.changes import Changed
from whygrad.backends.torch.replay.instrument import Instrument
from whygrad.backends.torch.replay.program import Program
from whygrad.backends.torch.replay.running import Ran, run
from whygrad.flow.graph import FlowGraph
from whygrad.flow.measuring.first_bad import operands_of
from whygrad.flow.measuring.passing import passed
from whygrad.flow.measuring.ways import ways
from whygrad.flow.probe import Bad, Numbers


class Both(Instrument):
    """A changed step, and what looks at it: the look is at what the changes gave."""

    def __init__(self, changed: Changed, look: Instrument) -> None:
        self._changed = changed
        self._look = look
        self.wide = changed.wide

    def leaf(self, value: int, tensor: Any) -> Any:
        return self._look.leaf(value, self._changed.leaf(value, tensor))

    def operand(self, record: int, position: int, source: int, tensor: Any) -> Any:
        tensor = self._changed.operand(record, position, source, tensor)
        return self._look.operand(record, position, source, tensor)

    def call(self, record: int, func: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        return self._changed.call(record, func, args, kwargs)

    def made(self, record: int, value: int, tensor: Any) -> Any:
        return self._look.made(record, value, self._changed.made(record, value, tensor))

    def enabled(self, record: int, enabled: bool) -> bool:
        return self._changed.enabled(record, enabled)

    def hooked(self, value: int) -> bool:
        return self._changed.hooked(value)

    def cleared(self, values: frozenset[int]) -> frozenset[int]:
        return self._changed.cleared(values)


def first_bad(
    program: Program, graph: FlowGraph, sick: Iterable[int], changed: Changed | None = None
) -> tuple[Bad | None, Mapping[int, Numbers]]:
    """Which op it is, for variables whose gradient is not finite, and the numbers that it reads."""

    def again(look: Instrument) -> Ran:
        if changed is None:
            return run(program, look)
        return run(program, Both(changed, look), (), changed.links)

    measured = ways(graph, places(graph, program.records), sick)
    sizes = Sizes()
    gauge = Gauge(graph, measured, sizes.look)
    ran = again(gauge)
    if sickness.is_finite(ran.losses):
        found = sizes.read()
        edges = passed(graph, measured, gauge.hooked_on, found)
        bad = sickness.on_the_way_back(graph, measured, edges, found, again)
    else:
        bad = sickness.in_forward(graph, again)
    if bad is None:
        return None, {}
    details = Details(graph, measured, program.call, operands_of((bad,), graph))
    again(details)
    return bad, details.numbers()
