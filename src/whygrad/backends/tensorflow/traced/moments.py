"""What the run of a traced function means to the loop, as far as the trace alone tells."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from whygrad.backends.keras.inventory.measuring import UNMEASURED
from whygrad.backends.tensorflow.traced import graphs
from whygrad.backends.tensorflow.traced.runs import Moment, TracedAsk, TracedUpdate
from whygrad.backends.tensorflow.traced.tracing import Made, trace_of


def moments_of(graph: Any) -> tuple[Moment, ...]:
    """Its asks and updates, and those of the functions that it runs, in order."""
    trace = trace_of(graph)
    if trace is None:
        return ()
    if trace.told is None:
        found: list[Moment] = []
        for item in trace.items:
            if isinstance(item, (TracedAsk, TracedUpdate)):
                found.append(item)
            elif isinstance(item, Made) and not graphs.is_hidden(item):
                for inner in graphs.called(item.op):
                    found += () if inner is None else moments_of(inner)
        trace.told = tuple(found)
    return trace.told


def unmeasured(moment: Moment) -> Moment:
    """The moment in a run of which no numbers are known."""
    if isinstance(moment, TracedAsk):
        return replace(moment, results=_all_unmeasured(moment.results), of=moment)
    gradients = _all_unmeasured(moment.gradients)
    return replace(moment, gradients=gradients, rate=None, of=moment)


def _all_unmeasured(results: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(None if result is None else UNMEASURED for result in results)
