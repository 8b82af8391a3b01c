"""The order of a step: clear, differentiate, step; and what is missing of it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from whygrad.source.dataflow.record import Event, Happened
from whygrad.source.dataflow.values import ANY, Object, Site
from whygrad.source.project.project import Project
from whygrad.source.training.faults import Fault, Loop, covers, distinct, given, loops


def missing(project: Project) -> tuple[Fault, ...]:
    """Steps that lack something, or that come to nothing."""
    return distinct(
        fault
        for loop in loops(project)
        for optimizer in loop.optimizers
        for fault in (
            *_cleared_between(loop, optimizer),
            *_never_stepped(project, loop, optimizer),
            *_never_differentiated(loop, optimizer),
        )
    )


def _cleared_between(loop: Loop, optimizer: Object) -> Iterator[Fault]:
    """`backward`, `zero_grad`, `step`: every step finds its gradients cleared."""
    if loop.found.by_hand or (optimizer.site is not None and not loop.seen(optimizer)):
        return
    last: dict[Happened, Event] = {}
    clearing: list[Event] = []
    steps = 0
    for event in loop.found.events:
        if event.what is Happened.DIFFERENTIATED and given(event, optimizer, loop):
            last[event.what] = event
            last.pop(Happened.CLEARED, None)
        elif event.what is Happened.CLEARED and _wholly(event, optimizer, loop):
            last[event.what] = event
        elif event.what is Happened.STEPPED and event.object == optimizer:
            steps += 1
            backward, cleared = last.get(Happened.DIFFERENTIATED), last.get(Happened.CLEARED)
            if backward is not None and cleared is not None:
                near = cleared.loops == event.loops == backward.loops
                if near and cleared.conditional <= min(event.conditional, backward.conditional):
                    clearing.append(cleared)
            last.clear()
    if steps and len(clearing) == steps:
        step = loop.happened(Happened.STEPPED)
        where = next(e.site for e in step if e.object == optimizer)
        names = loop.names(loop.held_by(optimizer))
        yield Fault("cleared", clearing[0].site, names, optimizer.name, where)


def _wholly(event: Event, optimizer: Object, loop: Loop) -> bool:
    """Whether everything that an optimizer updates is cleared."""
    if event.object is not None:
        return event.object == optimizer
    held = loop.held_by(optimizer)
    return bool(held) and held <= {f.root for f in event.value.flows}


def _never_stepped(project: Project, loop: Loop, optimizer: Object) -> Iterator[Fault]:
    found = loop.found
    if found.by_hand or not loop.seen(optimizer):
        return
    if not loop.program.complete and not _its_own(project, loop, optimizer):
        return
    if any(e.object == optimizer for e in loop.happened(Happened.STEPPED)):
        return
    stepped = {e.object for e in loop.happened(Happened.STEPPED)}
    held = {r for r in loop.held_by(optimizer) if not found.held[r] & stepped} - {ANY}
    for event in loop.happened(Happened.DIFFERENTIATED):
        if event.value.live & held:
            names = loop.names(event.value.live & held)
            cleared = [e for e in loop.happened(Happened.CLEARED) if e.object == optimizer]
            where = cleared[0].site if cleared else None
            yield Fault("never stepped", event.site, names, optimizer.name, where)
            return


def _its_own(project: Project, loop: Loop, optimizer: Object) -> bool:
    """Whether an optimizer belongs to objects all whose code was followed, and no other file speaks
    of it: nobody is seen to use them.
    """
    title = loop.found.titles.get(optimizer, "")
    if loop.program.shortened or not title.startswith("self."):
        return False
    own = loop.found.files
    others = (path for path in project.files() if path not in own)
    return not any(title[len("self") :] in project.text(path) for path in others)


def _never_differentiated(loop: Loop, optimizer: Object) -> Iterator[Fault]:
    found = loop.found
    if not loop.program.complete or found.by_hand or not loop.seen(optimizer):
        return
    held = loop.held_by(optimizer)
    steps = [e for e in loop.happened(Happened.STEPPED) if e.object == optimizer]
    if not steps or not held or ANY in held or loop.happened(Happened.DIFFERENTIATED):
        return
    if held & found.unseen_sink or not any(r in found.used for r in held):
        return
    yield Fault("never differentiated", steps[0].site, loop.names(held), optimizer.name)


def not_cleared(project: Project) -> tuple[Fault, ...]:
    """Optimizers whose gradients pile up from step to step."""
    return distinct(
        fault
        for loop in loops(project)
        for optimizer in loop.optimizers
        for fault in _piling(project, loop, optimizer)
    )


def _piling(project: Project, loop: Loop, optimizer: Object) -> Iterator[Fault]:
    if loop.found.by_hand or (optimizer.site is not None and not loop.seen(optimizer)):
        return
    steps = [e for e in loop.happened(Happened.STEPPED) if e.object == optimizer]
    inside = [e for e in steps if e.loops]
    if not inside or len(inside) != len(steps):
        return
    around = {site for event in inside for site in event.loops}
    backwards = [
        e
        for e in loop.happened(Happened.DIFFERENTIATED)
        if set(e.loops) & around and given(e, optimizer, loop)
    ]
    if not backwards or inside[0].loops[-1] not in backwards[0].loops:
        return
    near = inside[0].loops[-1]
    for event in loop.happened(Happened.CLEARED):
        if covers(event, optimizer, loop) and near in event.loops:
            return
    held = loop.held_by(optimizer)
    if held & loop.found.unseen_sink - {ANY}:
        return
    if optimizer.site is None and _clears_otherwise(project, near):
        return
    yield Fault(
        "not cleared", inside[0].site, loop.names(held), optimizer.name, backwards[0].site, False
    )


def _clears_otherwise(project: Project, loop: Site) -> bool:
    """Whether the text of a loop speaks of clearing, which was not followed."""
    module = project.module(loop.path)
    lines = module.lines[loop.line - 1 : loop.end_line] if module is not None else []
    text = "\n".join(line.partition("#")[0] for line in lines)
    return re.search(r"zero_?grads?\w*\(|\.grad\b", text) is not None
