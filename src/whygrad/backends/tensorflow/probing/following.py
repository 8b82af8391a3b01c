"""The first op that makes a nan or an inf in a step that is changed: what a mend uncovers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from whygrad.backends.tensorflow.probing import bad as sickness
from whygrad.backends.tensorflow.probing.details import Details
from whygrad.backends.tensorflow.probing.gauge import Gauge, Sizes
from whygrad.backends.tensorflow.replay.changes import Changed
from whygrad.backends.tensorflow.replay.instrument import Both, Instrument
from whygrad.backends.tensorflow.replay.program import Program
from whygrad.backends.tensorflow.replay.running import Ran, run
from whygrad.flow.measuring.first_bad import operands_of
from whygrad.flow.measuring.passing import passed
from whygrad.flow.measuring.ways import ways
from whygrad.flow.probe import Bad, Numbers


def first_bad(
    program: Program, sick: Iterable[int], changed: Changed | None = None
) -> tuple[Bad | None, Mapping[int, Numbers]]:
    """Which op it is, for variables whose gradient is not finite, and the numbers that it reads."""
    sick = tuple(sick)

    def again(look: Instrument) -> Ran:
        if changed is None:
            return run(program, look)
        return run(program, Both(changed, look), (), changed.links)

    measured = ways(program.graph, program.places, sick)
    things = program.asked_things(sick)
    sizes = Sizes()
    gauge = Gauge(program, measured, things, sizes.look)
    ran = again(gauge)
    if sickness.is_finite(ran.losses):
        edges = passed(program.graph, measured, gauge.looked_at, sizes.found)
        bad = sickness.on_the_way_back(program, measured, things, edges, sizes.found, again)
    else:
        bad = sickness.in_forward(program, again)
    if bad is None:
        return None, {}
    details = Details(program, measured, things, operands_of((bad,), program.graph))
    again(details)
    return bad, details.numbers
