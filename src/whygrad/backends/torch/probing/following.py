"""The first op that makes a nan or an inf in a step that is changed: what a mend uncovers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from whygrad.backends.torch.probing import bad as sickness
from whygrad.backends.torch.probing.details import Details
from whygrad.backends.torch.probing.gauge import Gauge, Sizes
from whygrad.backends.torch.probing.ways import places
from whygrad.backends.torch.replay.changes import Changed
from whygrad.backends.torch.replay.instrument import Both, Instrument
from whygrad.backends.torch.replay.program import Program
from whygrad.backends.torch.replay.running import Ran, run
from whygrad.flow.graph import FlowGraph
from whygrad.flow.measuring.first_bad import operands_of
from whygrad.flow.measuring.passing import passed
from whygrad.flow.measuring.ways import ways
from whygrad.flow.probe import Bad, Numbers


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
