"""How much gradient arrives at each layer, over depth, judged against the model's other layers.

Two profiles are read. What reaches a layer's output is the gradient of what is added there (its
bias): it shows a growth that a weight's gradient hides, since small activations times a large
gradient come to the same. Where there is no bias, the weight's gradient over the weight must do.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import median
from typing import Final

from whygrad.causes.ways import uses
from whygrad.flow.graph import FlowGraph, Op
from whygrad.flow.kinds import Kind
from whygrad.flow.run import Run
from whygrad.flow.variable import Observed, Variable
from whygrad.model.report import Gradient

_DEEP: Final = 5
"""Fewer layers have no trend."""
_TREND: Final = 0.7
"""Of all pairs of layers, so many more lie in the order of depth than against it."""
_SPREAD: Final = math.log(1e4)
_MOST: Final = 64
"""Of more layers than this, an even sample shows the trend."""


@dataclass(frozen=True, slots=True)
class Layer:
    """A module with a matrix, and its place in the order of first use."""

    name: str
    variables: tuple[Variable, ...]
    used: int
    """Number of the op that first reads it."""


@dataclass(frozen=True, slots=True)
class Profile:
    """The layers of one model in one step, in depth's order, with what arrives at each."""

    step: int
    layers: tuple[Layer, ...]
    arrives: tuple[float, ...]
    relative: bool
    """Whether it is a gradient over its weight, not a gradient alone."""

    @property
    def rise(self) -> float:
        """Logarithm of how much more the last layers get than the first; below 0 for less."""
        logs = [math.log(value) for value in self.arrives]
        quarter = max(1, len(logs) // 4)
        return median(logs[-quarter:]) - median(logs[:quarter])

    @property
    def trend(self) -> float:
        """From -1 to 1: does it change steadily from layer to layer (Kendall's tau)?"""
        values = self.arrives[:: max(1, len(self.arrives) // _MOST)]
        signs = [(b > a) - (b < a) for a, b in combinations(values, 2)]
        return sum(signs) / len(signs)

    @property
    def last(self) -> float:
        """What the layers next to the loss get."""
        return median(self.arrives[-max(1, len(self.arrives) // 4) :])


def falling(run: Run) -> Iterator[Sequence[Profile]]:
    """Models whose gradient shrinks steadily towards the input, in every step that shows it: a
    profile for each of those steps.
    """
    yield from _steady(run, 1)


def growing(run: Run) -> Iterator[Sequence[Profile]]:
    """The same for models whose gradient grows towards the input."""
    yield from _steady(run, -1)


def between(run: Run, profile: Profile) -> tuple[tuple[Op, int], ...]:
    """The ops with a slope below 1 or above that stand between the layers, commonest first."""
    graph = run.recording.steps[profile.step].graph
    first, last = profile.layers[0].used, profile.layers[-1].used
    found: Counter[str] = Counter()
    ops: dict[str, Op] = {}
    for number in range(first, last):
        op = graph.ops[number]
        if op.kind in (Kind.SQUASH, Kind.RECTIFIER):
            found[op.name] += 1
            ops.setdefault(op.name, op)
    return tuple((ops[name], count) for name, count in found.most_common(2))


def links(run: Run, profile: Profile) -> tuple[int, ...]:
    """The edges that take gradient from layer to layer: into what reads a weight, and into what
    squashes or multiplies.

    The last layer is left alone: its output has another size, and what arrives there sums to zero.
    """
    graph = run.recording.steps[profile.step].graph
    variables = {v.steps[profile.step].value for v in run.recording.variables}
    inner = profile.layers[1:-1]
    own = {graph.edge_ops[e] for layer in inner for e in _reads(graph, layer, profile)}
    first, last = profile.layers[0].used, profile.layers[-1].used
    return tuple(
        edge
        for edge, op in enumerate(graph.edge_ops)
        if first < op < last
        and graph.sources[edge] not in variables
        and (op in own or graph.ops[op].kind in (Kind.SQUASH, Kind.PRODUCT))
    )


def _reads(graph: FlowGraph, layer: Layer, profile: Profile) -> Iterator[int]:
    for variable in layer.variables:
        value = variable.steps[profile.step].value
        if value is not None:
            yield from reads_of(graph, value)


def reads_of(graph: FlowGraph, value: int) -> list[int]:
    """The first step also sees how weights were made, without gradient; and a tape that is asked
    about a weight reads it, too.
    """
    return [
        e
        for e in uses(graph, value)
        if graph.ops[graph.edge_ops[e]].region is None and not graph.barriers[e]
    ]


def _steady(run: Run, sign: int) -> Iterator[Sequence[Profile]]:
    found: dict[tuple[bool, str | None], list[Profile]] = {}
    for profile in _profiles(run):
        model = profile.layers[0].variables[0].model
        found.setdefault((profile.relative, model), []).append(profile)
    told = set()
    for relative, model in sorted(found, key=lambda key: key[0]):
        profiles = found[relative, model]
        if model not in told and all(_is_steady(profile, sign) for profile in profiles):
            told.add(model)
            yield profiles


def _is_steady(profile: Profile, sign: int) -> bool:
    return sign * profile.rise >= _SPREAD and sign * profile.trend >= _TREND


def _profiles(run: Run) -> Iterator[Profile]:
    for step, one in enumerate(run.recording.steps):
        if not one.differentiated:
            continue
        for variables in run.by_model.values():
            layers = layers_of(one.graph, variables, step)
            for relative in (False, True):
                arrives = {layer: arrives_at(layer, step, relative) for layer in layers}
                known = {layer: value for layer, value in arrives.items() if value}
                if len(known) >= _DEEP:
                    yield Profile(step, tuple(known), tuple(known.values()), relative)


def layers_of(graph: FlowGraph, variables: Sequence[Variable], step: int) -> list[Layer]:
    """The layers with a gradient in a step, in the order of first use."""
    members: dict[str, list[Variable]] = {}
    for variable in variables:
        seen = variable.steps[step]
        if variable.registered and seen.trainable and seen.gradient is Gradient.FINITE:
            owner, _, last = variable.name.rpartition(".")
            # Bare matrices in a list are a layer each.
            members.setdefault(variable.name if last.isdigit() else owner, []).append(variable)
    layers = []
    for name, own in members.items():
        if not any(len(variable.shape) > 1 for variable in own):
            continue
        values = [v.steps[step].value for v in own]
        ops = [graph.edge_ops[e] for v in values if v is not None for e in reads_of(graph, v)[:1]]
        # A table's rows are read a few at a time: its gradient says nothing about depth.
        if ops and graph.ops[min(ops)].kind is not Kind.LOOKUP:
            layers.append(Layer(name, tuple(own), min(ops)))
    return sorted(layers, key=lambda layer: layer.used)


def arrives_at(layer: Layer, step: int, relative: bool) -> float | None:
    """Gradient of what is added at a layer; `relative`: of its matrices, over their size."""
    flat = [v for v in layer.variables if (len(v.shape) > 1) is relative]
    gradient = _size([v.steps[step].gradient_norm for v in flat])
    if not relative or not gradient:
        return gradient
    weight = _size([_weight(v.steps, step) for v in flat])
    return gradient / weight if weight else None


def _weight(steps: Sequence[Observed], step: int) -> float | None:
    """Some backends weigh once only: what it was at another step is near enough."""
    own = steps[step].weight_norm
    return own if own is not None else next((s.weight_norm for s in steps if s.weight_norm), None)


def _size(norms: Sequence[float | None]) -> float | None:
    known = [norm for norm in norms if norm is not None]
    return math.hypot(*known) if known else None


def shown(profile: Profile) -> Mapping[str, float]:
    """Three layers that show the course: the first, the middle one, the last."""
    picked = (0, len(profile.layers) // 2, len(profile.layers) - 1)
    return {profile.layers[i].name: profile.arrives[i] for i in picked}
