"""What optimizers hold: too little, too early, from an empty generator, at a rate of zero."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from itertools import takewhile
from typing import Final

from whygrad.source.dataflow import updates
from whygrad.source.dataflow.losing import place_of
from whygrad.source.dataflow.record import Event, Happened
from whygrad.source.dataflow.updates import TEACHERS
from whygrad.source.dataflow.values import ANY, Object, Root, Site, Sort
from whygrad.source.project.project import Project
from whygrad.source.training.faults import Fault, Loop, distinct, loops

_KEEPS_ZERO: Final = frozenset({
    "ExponentialLR", "StepLR", "MultiStepLR", "LambdaLR", "MultiplicativeLR", "ConstantLR",
    "LinearLR", "PolynomialLR",
})  # fmt: skip
"""Schedules that multiply: what is zero stays zero."""
_ALL: Final = "100"
"""The steps in which a schedule is asked for its factor."""


def stale(project: Project) -> tuple[Fault, ...]:
    """Parts of a model that came after the optimizer was built over what they replace."""
    return distinct(fault for loop in loops(project) for fault in _stale(loop))


def _stale(loop: Loop) -> Iterator[Fault]:
    events = loop.found.events
    for index, event in enumerate(events):
        if event.what is not Happened.REPLACED or event.conditional:
            continue
        before = {r for r in event.whole.live if r is not ANY}
        copied = event.detail == "copied"
        new = {r for r in event.value.live if r.kind in ("module", "parameter")}
        new = new if copied else new - before
        built = [e for e in events[:index] if e.what is Happened.BUILT and e.value.live & before]
        later = [e for e in events[index:] if e.what is Happened.BUILT]
        if not built or not new or any(e.value.live & (new | {ANY}) for e in later):
            continue
        if any(e.object is None or not loop.seen(e.object) for e in built):
            continue
        spared = loop.found.frozen | loop.found.walked
        if new & spared or not any(loop.every.lives(r, loop.found) for r in new):
            continue
        if not copied and any(e.value.live & new for e in built):
            continue
        if copied and not _goes_on(events[index:], {e.object for e in built}, new):
            continue
        stepping = {e.loops[-1] for e in loop.happened(Happened.STEPPED) if e.loops}
        again = bool(event.loops) and event.loops[-1] in stepping
        kind = "replaced" if again else "late" if event.detail == "new" else "stale"
        name = built[-1].object.name if built[-1].object is not None else ""
        yield Fault(kind, event.site, loop.names(new), name, built[-1].site)


def _goes_on(events: list[Event], optimizers: set[Object | None], roots: set[Root]) -> bool:
    """Whether these are differentiated after all, and the optimizers step."""
    losses = any(e.what is Happened.DIFFERENTIATED and e.value.live & roots for e in events)
    return losses and any(e.what is Happened.STEPPED and e.object in optimizers for e in events)


def emptied(project: Project) -> tuple[Fault, ...]:
    """Generators that were read to their end before the optimizer got them."""
    return distinct(
        Fault(
            "empty",
            event.site,
            loop.names(event.value.live),
            event.object.name if event.object is not None else "",
            _made_at(event),
        )
        for loop in loops(project)
        for event in loop.happened(Happened.EMPTY)
        if not event.conditional
    )


def _made_at(event: Event) -> Site | None:
    """Where the generator is made that is read twice."""
    sites = {o.site for o in event.value.of(Sort.GENERATOR) if o.site is not None}
    return min(sites) if sites else None


def without_rate(project: Project) -> tuple[Fault, ...]:
    """Rates of zero that nothing raises."""
    return distinct(fault for loop in loops(project) for fault in _without_rate(loop))


def _without_rate(loop: Loop) -> Iterator[Fault]:
    for event in loop.happened(Happened.NO_RATE):
        names = loop.names(event.value.live)
        if event.object is None:
            if loop.happened(Happened.STEPPED):
                whole = event.detail == _ALL
                kind = "schedule" if whole else "late schedule"
                yield Fault(kind, event.site, certain=whole, instead=event.detail)
            continue
        schedules = loop.found.scheduled.get(event.object, [])
        updates = loop.happened(Happened.STEPPED, Happened.APPLIED)
        steps = any(e.object == event.object for e in updates)
        names = names or loop.names(loop.held_by(event.object))
        if steps and loop.seen(event.object) and _KEEPS_ZERO.issuperset(schedules):
            framework = loop.found.framework(loop.held_by(event.object))
            name = event.detail if event.object.name == "chain" else event.object.name
            yield Fault("rate", event.site, names, name, framework=framework)


def forgotten(project: Project) -> tuple[Fault, ...]:
    """What gets a gradient and was given to no optimizer."""
    several = [*loops(project)]
    by_trainer = (fault for loop in several for fault in _left_by_trainer(project, loop))
    return distinct([*(f for loop in several for f in _forgotten(loop)), *by_trainer])


def _left_by_trainer(project: Project, loop: Loop) -> Iterator[Fault]:
    """The same of a class whose step and optimizers a trainer asks for, as that of Lightning."""
    for event in loop.happened(Happened.RETURNED):
        path, _, qualname = event.object.name.partition(":") if event.object else ("", "", "")
        module = project.module(path)
        cls = module.class_named(qualname) if module is not None else None
        if module is None or cls is None or "automatic_optimization" in module.segment(cls):
            continue
        last = cls.end_lineno or cls.lineno
        inside = [
            e
            for e in loop.happened(Happened.BUILT)
            if e.site.path == path and cls.lineno <= e.site.line <= last and e.object is not None
        ]
        held = {r for e in inside for r in e.value.live}
        known = inside and all(loop.seen(e.object) for e in inside if e.object is not None)
        if not known or ANY in held or not held & event.value.live:
            continue
        left = [r for r in event.value.live - held if _is_own(loop, r)]
        names = loop.names(left)
        if names and not any(TEACHERS.search(n) or not n.startswith("self.") for n in names):
            name = inside[-1].object.name if inside[-1].object is not None else ""
            yield Fault("forgotten", inside[-1].site, names, name, certain=False)


def _is_own(loop: Loop, root: Root) -> bool:
    """Whether a layer is of the very class, and nothing says that it is to stay as it is."""
    own = root.kind in ("module", "parameter") and root.site is not None
    spared = loop.every.spares(root, loop.found) or loop.every.holds(root, loop.found)
    return own and not spared and root not in loop.found.evaluated | loop.found.unseen_sink


def misplaced(project: Project) -> tuple[Fault, ...]:
    """Networks that a loss is to train, where the optimizer holds the one that is kept still."""
    return distinct(
        _instead(project, loop, one)
        for loop in loops(project)
        for one in updates.misplaced(loop.found)
        if one.optimizer.site is not None
        and loop.program.complete
        and not any(loop.every.holds(r, loop.found) for r in one.left)
    )


def _instead(project: Project, loop: Loop, one: updates.Misplaced) -> Fault:
    assert one.optimizer.site is not None
    shared = _shared([r.inside for r in one.held | one.left])
    names = _network(project, loop, one.left, shared)
    held = _network(project, loop, one.held, shared)
    name = one.optimizer.name
    return Fault("misplaced", one.optimizer.site, names, name, instead=", ".join(held[:1]))


def _shared(insides: list[tuple[Site, ...]]) -> int:
    """How many of the objects around them, from the outermost on, all have in common."""
    pairs = zip(*(reversed(inside) for inside in insides), strict=False)
    return len([*takewhile(lambda sites: len(set(sites)) == 1, pairs)])


def _network(project: Project, loop: Loop, roots: Iterable[Root], shared: int) -> tuple[str, ...]:
    """What the network is stored under that some layers are of; the layers, if that is not seen."""
    several = set(roots)
    made = {r.inside[-1 - shared] if len(r.inside) > shared else None for r in several}
    site = made.pop() if len(made) == 1 else None
    found = place_of(project, site) if site is not None else None
    statement = found[0].statement_of(found[1]) if found is not None else None
    if found is not None and isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        (target,) = statement.targets
        whole = found[0].span(statement.value) == found[1]
        if whole and isinstance(target, (ast.Name, ast.Attribute)):
            return (found[0].segment(target),)
    return loop.names(several)


def _forgotten(loop: Loop) -> Iterator[Fault]:
    found, every = loop.found, loop.every
    optimizers = {e.object for e in loop.happened(Happened.BUILT) if e.object is not None}
    if not loop.program.complete or found.by_hand or not optimizers:
        return
    if not all(loop.seen(o) for o in optimizers) or found.unseen_sink - {ANY}:
        return
    if ANY in {r for r, several in found.held.items() if several}:
        return
    stepped = {e.object for e in loop.happened(Happened.STEPPED)}
    held = {r for r, several in found.held.items() if several & stepped}
    got: dict[Root, Event] = {}
    for event in loop.happened(Happened.DIFFERENTIATED):
        # A loss of nothing that is trained is somebody's experiment.
        for root in event.value.live if event.value.live & held else ():
            got.setdefault(root, event)
    modules = any(r.kind in ("module", "parameter") for r in held)
    left = [r for r in got if r.site is not None and not every.holds(r, found)]
    groups: dict[bool, list[Root]] = {}
    for root in left:
        if every.spares(root, found) or root in found.evaluated or found.loops.get(root):
            continue
        if root.site in _anew(loop) or root.kind in ("leaf", "copy") or not modules:
            continue
        groups.setdefault(root.kind == "parameter", []).append(root)
    for certain, roots in groups.items():
        site = _built_for(loop, optimizers, {r.site for r in roots})
        if site is not None:
            yield Fault("forgotten", site, loop.names(roots), _one_of(optimizers), None, certain)


def _anew(loop: Loop) -> set[Site]:
    """What has a finding of its own: made in a model's call, or put in another's place."""
    made = {e.site for e in loop.happened(Happened.CREATED)}
    parts = (e.value.live for e in loop.happened(Happened.REPLACED))
    return made | {r.site for roots in parts for r in roots if r.site is not None}


def _built_for(loop: Loop, optimizers: set[Object], places: set[Site | None]) -> Site | None:
    """Where the optimizer is built that holds the like of these, or the last of all."""
    built = [e for e in loop.happened(Happened.BUILT) if e.object in optimizers]
    near = [e for e in built if any(r.site in places for r in e.value.live)]
    return (near or built)[-1].site if built else None


def _one_of(optimizers: set[Object]) -> str:
    return sorted(o.name for o in optimizers)[0]
