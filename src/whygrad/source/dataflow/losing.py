"""What can learn and gets no gradient, as far as the programs of a project were followed."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from whygrad.model.source import SourceLocation
from whygrad.source.dataflow.program import Program, Programs, programs
from whygrad.source.dataflow.record import Event, Found, Happened
from whygrad.source.dataflow.sources import SOURCE, without
from whygrad.source.dataflow.updates import TEACHERS, ends, misplaced
from whygrad.source.dataflow.values import ANY, Cause, Cut, Flow, Root, Site
from whygrad.source.module import SourceModule
from whygrad.source.project.project import Project

_ORDER: Final = list(Cause)
_TRAINING: Final = (Happened.BUILT, Happened.STEPPED, Happened.APPLIED)


class Lost(NamedTuple):
    """Things that learn whose every way is cut, at one cut."""

    cut: Cut
    names: tuple[str, ...]
    certain: bool
    whole: bool
    """Whether nothing at all gets gradient from a `backward` (at `others[0]`)."""
    others: tuple[Site, ...]
    """Where it is told to whom it concerns: the `backward`, where they are made."""
    framework: str = "torch"


class Dropped(NamedTuple):
    """Something that learns and feeds nothing."""

    root: Root
    name: str
    used: Site | None
    """The last op that was made of it; None where nothing computes with it."""
    framework: str = "torch"


def place_of(project: Project, site: Site) -> tuple[SourceModule, SourceLocation] | None:
    """The file of a site, and its span."""
    module = project.module(site.path)
    if module is None:
        return None
    node = ast.Constant(
        None,
        lineno=site.line,
        col_offset=site.column,
        end_lineno=site.end_line,
        end_col_offset=site.end_column,
    )
    return module, module.span(node)


def lost(project: Project) -> tuple[Lost, ...]:
    """All that lost their gradient, found once."""
    found = project.answers.get("lost")
    if not isinstance(found, tuple):
        found = project.answers["lost"] = tuple(_lost(project))
    return found


def _lost(project: Project) -> Iterator[Lost]:
    every = programs(project)
    told: set[Site] = set()
    seen: set[tuple[Cut, tuple[str, ...]]] = set()
    names: set[str] = set()
    for program in every.several:
        for one in _whole(program.found):
            if one.cut.site not in told:
                told.add(one.cut.site)
                names |= set(one.names)
                yield one
    for program in every.several:
        for one in _parts(project, every, program):
            if set(one.names) <= names and one.names:
                continue  # told of the whole loss
            if one.cut.site not in told and (one.cut, one.names) not in seen:
                seen.add((one.cut, one.names))
                yield one


def _whole(found: Found) -> Iterator[Lost]:
    """Losses of which nothing is left that could carry gradient."""
    losses: dict[Site, set[Flow]] = {}
    for event in found.events:
        # Who asks for a gradient by a function of its own may ask for one of zero.
        plain = event.what is Happened.DIFFERENTIATED and not event.detail
        if plain:
            losses.setdefault(event.site, set()).update(event.value.flows)
        elif event.what is Happened.ASKED and (_of_weights(event) or event.site in found.spent):
            losses.setdefault(event.site, set()).update(_of_sources(event, found))
    for site, flows in losses.items():
        cuts = {f.cut for f in flows if f.cut is not None}
        if not cuts or any(f.cut is None and f.root.kind != "leaf" for f in flows):
            continue
        roots = {f.root for f in flows if f.cut is not None}
        steps = any(e.what in _TRAINING for e in found.events)
        cut = _leading(cuts)
        models = any(r.kind in ("module", "parameter", SOURCE) for r in roots)
        unsure = cut.cause is Cause.NOT_DIFFERENTIABLE or ANY not in roots
        if not steps and not models and unsure:
            continue  # no optimizer is in sight: somebody tries out what an op does
        framework = found.framework(roots)
        if framework == "jax" and cut.cause is Cause.LEFT:
            continue
        yield Lost(cut, _names(found, roots), True, True, (site,), framework)


def _parts(project: Project, every: Programs, program: Program) -> Iterator[Lost]:
    """What is cut on every way, where other things are not."""
    found = program.found
    if found.given_grads:
        return
    groups: dict[tuple[Cut, bool], list[Root]] = {}
    still = {r for one in misplaced(found) for r in one.held}
    for root, cuts in found.cuts.items():
        site = root.site
        if root in still or site is None or every.spares(root, found) or every.lives(root, found):
            continue
        if root.kind in ("leaf", "tensor", SOURCE) or site.path in every.failed:
            continue
        framework = found.framework([root])
        torch = framework == "torch"
        ending = ends(found, root, cuts) if torch else _before_loss(found, root, cuts)
        if not ending:
            continue
        cut = _leading(ending)
        if framework == "jax" and cut.cause is Cause.LEFT:
            continue  # JAX itself raises there
        # Others have no list that is handed over as a whole.
        own = bool(found.held.get(root)) or root in found.updated
        held = every.holds(root, found) if torch else own
        if not held and not _wanted(found, root, cut):
            continue
        if any(o in found.handed for o in found.held.get(root, ())):
            held = False
        if _mentioned_elsewhere(project, every, found.names.get(root, "")):
            continue
        groups.setdefault((cut, held), []).append(root)
    for (cut, held), roots in groups.items():
        made = tuple(r.site for r in roots if r.site is not None)
        names = _names(found, set(roots))
        yield Lost(cut, names, held, False, made, found.framework(roots))


def _before_loss(found: Found, root: Root, cuts: Iterable[Cut]) -> set[Cut]:
    """Where its ways to a loss end: what is only looked at may come to an end anywhere."""
    losses = [e for e in found.events if e.what is Happened.ASKED]
    if not losses and not found.held.get(root):
        return set(cuts)  # a class that nobody is seen to train
    every = (f for e in losses for f in e.value.flows if f.root == root)
    return {f.cut for f in every if f.cut is not None}


def _wanted(found: Found, root: Root, cut: Cut) -> bool:
    """No optimizer is seen that holds it: whether it is meant to learn all the same."""
    name = found.names.get(root, "")
    if any(r.kind != "tensor" and r is not ANY for r in found.held):
        return False  # there is one, and it does not
    if not name.startswith("self.") or TEACHERS.search(name):
        return False
    siblings = {r for r in found.live if r is not ANY and r.inside == root.inside and r.site}
    near = [r for r in siblings if r.site and root.site and r.site.path == root.site.path]
    return bool(near) and root not in found.evaluated


def _leading(cuts: Iterable[Cut]) -> Cut:
    return min(cuts, key=lambda cut: (_ORDER.index(cut.cause), cut.site))


def _names(found: Found, roots: set[Root]) -> tuple[str, ...]:
    ordered = sorted((r for r in roots if r.site is not None), key=lambda r: (r.site, r.inside))
    names = (found.names.get(r, "") for r in ordered)
    return tuple(dict.fromkeys(name for name in names if name))


def _mentioned_elsewhere(project: Project, every: Programs, name: str) -> bool:
    """Whether a file that was not followed speaks of an attribute of that name."""
    attribute = name.rpartition(".")[2]
    if not name.startswith("self."):
        return False
    followed = {path for program in every.several for path in program.found.files}
    return any(
        f".{attribute}" in project.text(path) for path in project.files() if path not in followed
    )


def dropped(project: Project) -> Iterator[Dropped]:
    """What an optimizer holds and no loss depends on."""
    every = programs(project)
    for program in every.several:
        found = program.found
        if not program.complete or found.given_grads:
            continue
        cloned = {
            flow.root
            for event in found.events
            if event.what is Happened.REPLACED and event.detail == "clone"
            for flow in event.whole.flows
        }
        asked = {f.root for e in found.events if e.what is Happened.ASKED for f in e.whole.flows}
        ordered = sorted(found.held.items(), key=lambda item: (item[0].site or (), item[0].inside))
        for root, optimizers in ordered:
            site = root.site
            if site is None or root.kind in ("leaf", "tensor") or every.lives(root, found):
                continue
            if every.spares(root, found) or every.cuts(root, found) or site.path in every.failed:
                continue
            framework = found.framework([root])
            if not program.differentiates(framework == "torch"):
                continue
            if root in cloned or (framework != "torch" and root not in asked):
                continue
            if any(o in found.handed for o in optimizers):
                continue
            name = found.names.get(root, "")
            if not name or _mentioned_elsewhere(project, every, name):
                continue
            places = found.used.get(root)
            last = next(reversed(places)) if places else None
            yield Dropped(root, name, last, framework)


def _of_sources(event: Event, found: Found) -> frozenset[Flow]:
    """The ways from what gradients are asked for to the loss; all, where not all is known of it."""
    wanted = {f.root for f in event.whole.flows}
    source = {r for r in wanted if r.kind == SOURCE}
    own = frozenset(f for f in event.value.flows if f.root in (source or wanted))
    if source:
        return own
    known = own and ANY not in {f.root for f in own} and not wanted & found.unseen_sink
    return own if known else event.value.flows


def _of_weights(event: Event) -> bool:
    """Whether gradients are asked for of weights, and of nothing else."""
    roots = {f.root for f in without(event.whole.flows)}
    return bool(roots) and all(r.kind in ("module", "parameter") for r in roots)
