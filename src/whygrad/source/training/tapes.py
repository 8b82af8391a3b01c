"""Loops that ask for gradients and apply them themselves: TensorFlow, Keras and JAX."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterable, Iterator
from typing import Final

from whygrad.model.source import SourceLocation
from whygrad.source.classes.unkept import of_losses
from whygrad.source.dataflow.record import Event, Happened
from whygrad.source.dataflow.sources import without
from whygrad.source.dataflow.updates import TEACHERS
from whygrad.source.dataflow.values import ANY, Root, Site, Sort
from whygrad.source.project.project import Project
from whygrad.source.training.faults import Fault, Loop, distinct, loops

_LEARNS = ("module", "parameter")
_TIMES: Final = re.compile(r"perf_counter|timeit|block_until_ready|\btime\(\)")
"""How people measure a step, whose result they need not keep."""
_BUILT_FOR: Final = ("Optimizer", "TrainState")
"""What is given the variables of Flax as it is made."""


def unlisted(project: Project) -> tuple[Fault, ...]:
    """What a loss depends on and no list of variables holds; what a loss object has made itself,
    each at its own place.
    """
    losses = [found.seen.statement for found in of_losses(project)]
    return distinct(fault for loop in loops(project) for fault in _unlisted(loop, losses))


def _unlisted(loop: Loop, losses: Collection[SourceLocation]) -> Iterator[Fault]:
    found = loop.found
    asked = loop.happened(Happened.ASKED)
    listed = {f.root for e in asked for f in e.whole.flows} | found.held.keys() | found.updated
    if not loop.program.complete or found.given_grads or not asked or ANY in listed:
        return
    if not found.held or not any(r.kind in _LEARNS for r in listed):
        return
    told: set[Root] = set()
    new = _put_in_place(loop)
    for event in asked:
        left = {r for r in event.value.live if _concerns(loop, r, listed)} - told - new
        told |= left
        names = loop.names(left)
        if not names or any(TEACHERS.search(n) for n in names):
            continue
        lost = {r for r in left if r.site is not None and _within(r.site, losses)}
        if left - lost:
            yield _fault("unlisted", event.site, loop, left - lost, certain=False)
        for root in lost:
            assert root.site is not None
            yield _fault("of a loss", root.site, loop, [root], event.site, certain=False)


def _within(site: Site, places: Iterable[SourceLocation]) -> bool:
    return any(
        site.path == p.path and p.line <= site.line <= (p.end_line or p.line) for p in places
    )


def _concerns(loop: Loop, root: Root, listed: set[Root]) -> bool:
    """Whether something learns by its kind, and nothing says that it is not to."""
    if root.kind not in _LEARNS or root.site is None or root in listed:
        return False
    spared = loop.every.spares(root, loop.found) or loop.every.holds(root, loop.found)
    spared = spared or root in loop.found.anew
    return not spared and root not in loop.found.unseen_sink and not loop.found.loops.get(root)


def _put_in_place(loop: Loop) -> set[Root]:
    """What was put in the place of something else: it has a finding of its own."""
    return {r for e in loop.happened(Happened.REPLACED) for r in e.value.live}


def unapplied(project: Project) -> tuple[Fault, ...]:
    """What gradients are asked for, and not given to the optimizer that gets those beside it."""
    return distinct(fault for loop in loops(project) for fault in _unapplied(loop))


def _unapplied(loop: Loop) -> Iterator[Fault]:
    if not loop.program.complete or loop.found.given_grads or ANY in loop.found.held:
        return
    asked = {e.site: e for e in loop.happened(Happened.ASKED)}
    for event in loop.happened(Happened.APPLIED):
        given = [asked[f.root.site] for f in event.whole.flows if f.root.site in asked]
        if len(given) != 1:
            continue
        wanted = {f.root for f in without(given[0].whole.flows)}
        other = {f.root for f in event.value.flows}
        if not wanted & other:
            if _others(wanted, other) and given[0].value.live & other:
                hurt = given[0].value.live & other
                yield _fault("mispaired", event.site, loop, hurt, given[0].site)
            continue  # gradients of a copy are applied to what it was copied from
        known = all(r is not ANY and r.kind in _LEARNS for r in wanted)
        left = {r for r in wanted & given[0].value.live if not loop.every.holds(r, loop.found)}
        if known and left and not left & loop.found.frozen:
            yield _fault("unapplied", event.site, loop, left, given[0].site)


def _others(wanted: set[Root], updated: set[Root]) -> bool:
    """Whether two lists hold variables of two models, and neither is a copy of the other."""
    known = all(r is not ANY and r.kind in _LEARNS for r in wanted | updated)
    return known and not {r.site for r in wanted} & {r.site for r in updated}


def replaced_after_list(project: Project) -> tuple[Fault, ...]:
    """Parts of a model that came after its variables had been listed."""
    return distinct(fault for loop in loops(project) for fault in _replaced_after(loop))


def _replaced_after(loop: Loop) -> Iterator[Fault]:
    events = loop.found.events
    for index, event in enumerate(events):
        if event.what is not Happened.REPLACED or event.conditional:
            continue
        before = {r for r in event.whole.live if r is not ANY}
        new = {r for r in event.value.live if r.kind in _LEARNS} - before
        later = [e for e in events[index:] if e.what is Happened.ASKED]
        lists = [{f.root for f in e.whole.flows} for e in later]
        if not new or not lists or any(ANY in several or several & new for several in lists):
            continue
        lives = {r for e in later for r in e.value.live}
        spared = any(loop.found.held.get(r) for r in new) or new & loop.found.frozen
        if event.detail == "clone" and lives & before:
            continue  # a copy beside the first one
        if all(several & before for several in lists) and new & lives and not spared:
            yield _fault("stale list", event.site, loop, new, later[0].site)


def never_applied(project: Project) -> tuple[Fault, ...]:
    """Gradients of weights of which nothing is made."""
    several = list(loops(project))
    stepped = {site for loop in several for site in _stepped(loop)}
    return distinct(f for loop in several for f in _never_applied(project, loop, stepped))


def _stepped(loop: Loop) -> Iterator[Site | None]:
    """Where that was made which an optimizer was not only built for, but has updated."""
    events = loop.happened(Happened.APPLIED)
    built = {e.site for e in events if _name_of(e) in _BUILT_FOR and _is_direct(e)}
    for event in events:
        if event.site not in built:
            yield from (r.site for r in event.value.live)


def _never_applied(project: Project, loop: Loop, stepped: set[Site | None]) -> Iterator[Fault]:
    found = loop.found
    if loop.program.shortened or not found.optimizers or found.given_grads:
        return
    if any(o in found.handed for o in found.optimizers):
        return
    for event in loop.happened(Happened.ASKED):
        roots = {f.root for f in without(event.whole.flows)}
        if event.detail == "fit" or not (event.loops or event.detail or _called(project, event)):
            continue  # somebody tries out what a tape does
        if event.site in found.consumed or not event.value.live & roots - found.updated:
            continue
        by_function = event.object is not None and event.object.sort is Sort.GRADIENTS
        roots.discard(ANY)  # parts of a model of which not all is known
        if not roots or any(r.kind not in _LEARNS for r in roots):
            continue
        if by_function and any(r.site in stepped for r in roots):
            continue
        # A class above may hold what it makes in the same place.
        elsewhere = all(loop.every.holds(r, found) for r in roots)
        if not by_function and (elsewhere or roots & found.kept):
            continue
        yield _fault("never applied", event.site, loop, roots)


def _called(project: Project, event: Event) -> bool:
    """Whether a tape is asked in a function: it is for something that its result is used."""
    module = project.module(event.site.path)
    scope = module.enclosing_scope(event.site.line).node if module is not None else None
    return isinstance(scope, (ast.FunctionDef, ast.AsyncFunctionDef))


def dropped_updates(project: Project) -> tuple[Fault, ...]:
    """New values of parameters that nobody keeps."""
    return distinct(
        Fault(
            "dropped",
            e.site,
            loop.names(e.value.live),
            _name_of(e),
            certain=_is_direct(e),
            framework="jax",
        )
        for loop in loops(project)
        for e in loop.happened(Happened.DROPPED)
        if _is_direct(e) or (e.loops and not _TIMES.search(project.text(e.site.path)))
    )


def _is_direct(event: Event) -> bool:
    """Whether it is the update itself that is dropped, not what a function gives."""
    return event.object is not None and event.object.site == event.site


def _name_of(event: Event) -> str:
    return event.object.name if event.object is not None else ""


def unwatched(project: Project) -> tuple[Fault, ...]:
    """What a tape is asked about and does not follow."""
    return distinct(
        _fault("manual", e.site, loop, e.value.live)
        if e.value.flows
        else Fault("plain", e.site, (e.detail,) if e.detail else (), framework="tensorflow")
        for loop in loops(project)
        for e in loop.happened(Happened.UNWATCHED)
    )


def refrozen(project: Project) -> tuple[Fault, ...]:
    """Flags of Keras that were changed behind `compile`."""
    return distinct(
        _fault(e.detail, e.site, loop, e.value.live)
        for loop in loops(project)
        for e in loop.happened(Happened.REFROZEN)
    )


def _fault(
    kind: str,
    site: Site,
    loop: Loop,
    roots: Iterable[Root],
    other: Site | None = None,
    *,
    certain: bool = True,
) -> Fault:
    several = set(roots)
    framework = loop.found.framework(several)
    framework = "tensorflow" if framework == "torch" else framework
    return Fault(kind, site, loop.names(several), "", other, certain, framework)
