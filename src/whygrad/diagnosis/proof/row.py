"""Findings in a row: what the replay of the first uncovers is tried together with it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from whygrad.causes.rule import Subject, Undo
from whygrad.diagnosis.judge import Judged
from whygrad.diagnosis.proof.replays import Replays
from whygrad.diagnosis.proof.trial import united
from whygrad.diagnosis.proof.words import norm
from whygrad.flow.graph import FlowGraph
from whygrad.flow.replaying import Replayed

_LONGEST = 3


@dataclass(frozen=True, slots=True)
class Link:
    """One finding of the row."""

    each: Judged
    undo: Undo
    seen: Replayed
    """With this one and all before it taken away."""

    @property
    def finite(self) -> bool:
        """Whether every gradient is a usable number by then."""
        return _finite(self.seen, self.undo)


def row(replays: Replays, each: Judged, undo: Undo) -> list[Link]:
    """A finding, and whatever its replay uncovers as long as the gradient is no better."""
    links: list[Link] = []
    while True:
        changes = united((*undo.changes, *undo.others))
        seen = replays.changed(undo.step, undo.wanted, changes)
        links.append(Link(each, undo, seen))
        if links[-1].finite or undo.follow is None or len(links) == _LONGEST:
            return links
        match = undo.follow(seen)
        further = match.undo((undo.step,)) if match is not None and match.undo else None
        if match is None or not isinstance(further, Undo):
            return links
        each, undo = Judged(each.cause, match, match.variables), further


def all_together(
    links: Sequence[Link],
    number: int,
    graph: FlowGraph,
    subject: Subject,
    norms: tuple[float | None, float | None],
) -> str:
    """What a row of replays showed for one of its findings, where the last gave a gradient."""
    before, after = norms
    came = f"{subject} get{subject.s} a gradient of norm {norm(after)} ({norm(before)} before)"
    if number + 1 < len(links):
        return f"{_uncovers(links, number, graph)}; with that kept off too, {came}"
    return f"with {links[-1].undo.words} together with the other finding, {came}"


def still_bad(links: Sequence[Link], number: int, graph: FlowGraph, subject: Subject) -> str:
    """The op is mended, and whether that is all that is wrong could not be shown."""
    return (
        f"{_uncovers(links, number, graph)}, so {subject} still get{subject.s} a gradient of"
        f" {norm(math.nan)}"
    )


def _uncovers(links: Sequence[Link], number: int, graph: FlowGraph) -> str:
    link = links[number]
    bad = link.seen.next_bad
    text = f"with {link.undo.words} and the step run again, this op makes none any more"
    if bad is None:
        return text
    op = graph.ops[bad]
    where = f" ({op.place})" if op.place else ""
    return f"{text} and `{op.name}`{where} makes the first one"


def _finite(seen: Replayed, undo: Undo) -> bool:
    norms = [seen.gradients.get(value) for value in undo.wanted]
    return all(one is not None and math.isfinite(one) for one in norms)
