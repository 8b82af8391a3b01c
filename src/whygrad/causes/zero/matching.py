"""What the causes of this family are made of: whom a spot explains, and how sure it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from whygrad.causes.rule import Expect, InCase, Match, Subject, Undo, Undoing
from whygrad.causes.undoing import NOT_KEPT, impossible
from whygrad.causes.ways import shortened
from whygrad.causes.words import at as placed
from whygrad.causes.words import number
from whygrad.causes.zero.late import LOWER, shocked, since_it_died, when
from whygrad.causes.zero.scene import Scene, reader, scene
from whygrad.causes.zero.spots import Spot, seen_again, spots
from whygrad.causes.zero.whys import CAUSE, Why
from whygrad.flow.case import Case
from whygrad.flow.kinds import Kind
from whygrad.flow.replaying import Change, ChangeKind
from whygrad.flow.trace import feeding, way
from whygrad.flow.variable import Home
from whygrad.model.finding import PathStep, Severity
from whygrad.model.report import Status
from whygrad.model.source import Fix, SourceLocation
from whygrad.source.files import Sources

_SURE: Final = frozenset({Why.SINGLE, Why.ITSELF, Why.DROPPED, Why.SUMMED, Why.FIXED})
"""True of every batch, so that one step is enough to say so."""
_FACTOR: Final = 100.0
"""By so much, at least, a gradient is larger than the rounding noise that came in its place."""
_AFTER_HINGE: Final = frozenset(
    {Kind.REDUCTION, Kind.SUM, Kind.PRODUCT, Kind.DIVISION, Kind.POWER, Kind.OTHER}
)


@dataclass(frozen=True, slots=True)
class Said:
    """What a cause has to say of a spot."""

    text: str
    """The end of a sentence that begins with "they get a gradient of exactly zero: "."""
    evidence: tuple[str, ...] = ()
    fix: Fix | None = None
    place: SourceLocation | None = None
    """Where it is not the op's own."""
    words: str = ""
    """What is done in a replay, as `Undo.words` wants it; or why nothing can be done."""
    change: ChangeKind | None = None
    severity: Severity | None = None
    """Where it can be no more than this."""


Saying = Callable[[Case, Scene, Spot, Sources], Said]


def dies_at(cause: str, saying: Saying) -> InCase:
    """A detector for variables to which only zero or noise comes back, because of this."""

    def in_case(case: Case, sources: Sources) -> Iterator[Match]:
        case = since_it_died(case)
        if not asked(case):
            return
        found = spots(case)
        if not found or CAUSE[found[0].why] != cause:
            return
        spot = found[0]
        at = scene(case.run, spot.step)
        shock = shocked(case, spot) if case.since and not ends_in_loss(at, spot) else None
        if case.since and shock is None:
            return
        op = at.graph.ops[spot.op]
        said = saying(case, at, spot, sources)
        severity = severity_of(case, at, spot)
        if said.severity is not None:
            severity = max(severity, said.severity, key=list(Severity).index)
        yield Match(
            severity,
            said.place or op.place or case.variable.made_at,
            _sentence(spot, said.text),
            evidence=(*(shock or ()), *said.evidence, *_others(at, found)),
            measured=_measured(case, spot),
            fix=said.fix if shock is None else Fix(LOWER),
            path=_path(case, spot),
            status=_status(case, severity),
            undo=_undo(case, spot, said),
        )

    return in_case


def asked(case: Case) -> bool:
    """Whether this variable is to have a gradient, and what came was measured and is none."""
    if not any(step.probe is not None for step in case.recording.steps):
        return False
    variable = case.variable
    if not (variable.trainable and variable.leaf and case.deaths):
        return False
    return not all(_nan_loss(case, step) for step in case.dead_steps)


def _nan_loss(case: Case, step: int) -> bool:
    """Whether the loss itself was nan: why tells why nothing came of it."""
    probe = case.recording.steps[step].probe
    return probe is not None and probe.bad is not None and not probe.bad.backward


def severity_of(case: Case, at: Scene, spot: Spot) -> Severity:
    """An error where all that lies before the op is lost, in every observed step."""
    if case.since:
        return Severity.WARNING
    if spot.why is Why.SHIFT or case.aside or case.waiting:
        return Severity.NOTE
    if (case.variable.home is Home.LOOSE and not case.held) or _lone_shift(case, spot):
        return Severity.NOTE
    if spot.why in (Why.OFF, Why.FLAT) and (lowered := _satisfied(case, at, spot)) is not None:
        return lowered
    incomplete = any(not step.graph.complete for step in case.recording.steps)
    if spot.why is Why.UNKNOWN or incomplete or not case.recording.optimizers_known:
        return Severity.WARNING
    if len(case.dead_steps) < 2 and spot.why not in _SURE:
        return Severity.WARNING
    return Severity.ERROR


def _lone_shift(case: Case, spot: Spot) -> bool:
    """A bias whose gradient cancels while the weight beside it trains: a key's bias, one before a
    normalisation. It is redundant, and nothing else is lost with it.
    """
    variable = case.variable
    if CAUSE[spot.why] != "constant-output" or len(variable.shape) != 1:
        return False
    layer = variable.name.rpartition(".")[0] + "."
    beside = (v for v in case.run.by_model[variable.model] if v.name.startswith(layer))
    return any(
        len(v.shape) > 1 and v.name in case.run.training and not Case(case.run, v).deaths
        for v in beside
    )


def _satisfied(case: Case, at: Scene, spot: Spot) -> Severity | None:
    """A loss that is zero because it has what it asks for: a hinge with its margin kept. Where
    other variables train, that may be all there is to it.
    """
    kind = at.graph.ops[spot.op].kind
    if kind is not Kind.LOSS and not ends_in_loss(at, spot):
        return None
    if not case.run.training:
        return None
    same = any(v.name in case.run.training for v in case.run.by_model[case.variable.model])
    return Severity.WARNING if same else Severity.NOTE


def ends_in_loss(at: Scene, spot: Spot) -> bool:
    """Whether only sums and weights lie between the op and the loss: a hinge, no activation."""
    value: int | None = at.graph.targets[spot.edges[0]]
    while value is not None and value not in at.graph.losses:
        op, value = reader(at, value)
        if op is None or op.kind not in _AFTER_HINGE:
            return False
    return value is not None


def _sentence(spot: Spot, text: str) -> Callable[[Subject], str]:
    def sentence(n: Subject) -> str:
        if spot.why is Why.SHIFT:
            return f"{n} make{n.s} no difference: {text}"
        if spot.noise:
            return f"what {n} get{n.s} as a gradient is rounding noise: {text}"
        return f"{n} get{n.s} a gradient of exactly zero: {text}"

    return sentence


def _measured(case: Case, spot: Spot) -> tuple[str, ...]:
    steps = when(case)
    if not case.noise:
        return (f"exactly zero came back {steps}",) if case.dead_steps else ()
    norms = [case.seen[step].gradient_norm for step in case.dead_steps]
    sizes = [norm for norm in norms if norm]
    low, high = min(sizes, default=0.0), max(sizes, default=0.0)
    size = number(low) if low == high else f"{number(low)} to {number(high)}"
    moved = "; the optimizer makes moves of it all the same" if case.moved and spot.noise else ""
    both = zip(case.recording.steps, case.seen, strict=True)
    if any(step.probe and seen.value in step.probe.as_before for step, seen in both):
        steps = f"in the {len(case.dead_steps)} steps that were measured"
    return (f"gradient norm {size} {steps}, all of it rounding error{moved}",)


def _others(at: Scene, found: tuple[Spot, ...]) -> Iterator[str]:
    first = found[0]
    seen = {(at.graph.ops[first.op].name, at.graph.ops[first.op].place)}
    for spot in found[1:]:
        op = at.graph.ops[spot.op]
        if (op.name, op.place) not in seen and len(seen) < 4:
            seen.add((op.name, op.place))
            yield f"on another way to the loss it ends at `{op.name}`{placed(op.place)}"


def _path(case: Case, spot: Spot) -> Callable[[], tuple[PathStep, ...]]:
    def steps() -> tuple[PathStep, ...]:
        value = case.variable.steps[spot.step].value
        if value is None:
            return ()
        graph = case.recording.steps[spot.step].graph
        edge = graph.edge(spot.death.edge)
        before = way(graph, value, frozenset({edge.source}))
        after = way(graph, edge.target)
        return shortened(graph, (*before, edge.number, *after), frozenset({edge.number}))

    return steps


def _status(case: Case, severity: Severity) -> Status | None:
    if severity is not Severity.NOTE:
        return None
    return Status.TRAINS if case.variable.name in case.run.training else Status.UNKNOWN


def _undo(case: Case, spot: Spot, said: Said) -> Undoing:
    """In the step in which it was seen first, or another one that was kept."""
    kind = said.change
    if kind is None:
        return impossible(said.words or "it is not known what would take it away")
    expects = Expect.LARGER if spot.noise else Expect.GRADIENT

    def made(steps: Sequence[int]) -> Undo | str:
        for step in sorted(steps, key=lambda one: (one != spot.step, one)):
            again = seen_again(case, spot, step)
            value = case.variable.steps[step].value
            if again is not None and value is not None:
                edges = again.edges
                if kind is ChangeKind.BYPASS:
                    edges = (*edges, *_on_the_way(case, again))
                change = Change(kind, edges)
                return Undo(
                    step, said.words, (value,), (change,), expects=expects, factor=_FACTOR
                )  # fmt: skip
        return NOT_KEPT

    return made


def _on_the_way(case: Case, spot: Spot) -> tuple[int, ...]:
    """Where a later op multiplies what the op gives with its own zeros (`relu(x) ** 2`), that one
    has to be left out as well.
    """
    graph = case.recording.steps[spot.step].graph
    behind = feeding(graph, [graph.targets[edge] for edge in spot.edges])
    edges = (edge for edge in spot.death.edges if edge not in spot.edges)
    return tuple(edge for edge in edges if behind[graph.sources[edge]])
