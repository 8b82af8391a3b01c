"""Which variables do not train, and which causes hold for each, in differential order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from whygrad.causes.catalogue import rules
from whygrad.causes.order import family
from whygrad.causes.rule import Match, Rule
from whygrad.flow.case import Case
from whygrad.flow.run import Run
from whygrad.model.cause import Family
from whygrad.source.files import Sources

_family = cache(family)
_ENDS = frozenset({"unused", "non-leaf-parameter"})
"""Causes that tell why nothing else about a variable matters."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One cause that holds for some variables; `names` of a run's rule may be many."""

    cause: str
    match: Match
    names: tuple[str, ...]


def judge(run: Run, sources: Sources) -> list[Judged]:
    """Ask the catalogue about every variable, and then about the run."""
    found: list[Judged] = []
    in_case = [rule for rule in rules() if rule.in_case is not None]
    always = [rule for rule in in_case if rule.healthy_too]
    for variable in run.recording.variables:
        case = Case(run, variable)
        asked = always if variable.name in run.training else in_case
        found += _differential(case, asked, sources)
    for rule in rules():
        if rule.in_run is not None:
            found += (Judged(rule.id, m, m.variables) for m in rule.in_run(run, sources))
    return found


def _differential(case: Case, asked: Sequence[Rule], sources: Sources) -> Iterator[Judged]:
    """The first cause of each family, as long as a later one would outlive the mending of it."""
    told: set[str] = set()
    families: set[Family] = set()
    for rule in asked:
        if rule.in_case is None or not _still_open(_family(rule.id), families, told):
            continue
        matches = list(rule.in_case(case, sources))
        for match in matches:
            yield Judged(rule.id, match, (case.variable.name,))
        if matches:
            told.add(rule.id)
            families.add(_family(rule.id))


def _still_open(asked: Family, families: set[Family], told: set[str]) -> bool:
    if not families:
        return True
    if Family.TRAINABILITY in families or not told.isdisjoint(_ENDS):
        return False
    if asked is Family.GRAPH:
        # Several cuts may lie behind one another; each is told by its own rule.
        return True
    if asked is Family.LOOP and Family.REGISTRATION in families:
        # Once registered, it is in what `parameters()` gives the optimizer.
        return False
    return asked not in families
