"""Where a flag was set on an object on which it means nothing, by the person's own source.

A tag says that it happened to this variable; the file says where, and which value was meant.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple

from whygrad.flow.case import Case
from whygrad.flow.tags import FLAG_TYPO, OWNER_FLAG_TYPO
from whygrad.model.source import SourceLocation
from whygrad.source.files import Sources
from whygrad.source.module import SourceModule


class WrittenFlag(NamedTuple):
    """`model.head.requires_grad = True`: the attribute, the value, the statement."""

    flag: str
    value: bool
    place: SourceLocation


def written_flag(case: Case, sources: Sources) -> WrittenFlag | None:
    """The last such statement that fits the variable."""
    if not {OWNER_FLAG_TYPO, FLAG_TYPO} & case.variable.tags:
        return None
    found = None
    for path in dict.fromkeys(_paths(case)):
        module = sources.module(path)
        for flag in _statements(module) if module is not None else ():
            if _fits(case, flag):
                found = flag
    return found


def _paths(case: Case) -> Iterator[str]:
    variable, recording = case.variable, case.recording
    places = [model.location for model in recording.models]
    places += [event.place for event in recording.events]
    places += [variable.made_at, variable.held_at, variable.frozen_at]
    return (place.path for place in places if place is not None)


def _statements(module: SourceModule) -> Iterator[WrittenFlag]:
    for statement in module.statements:
        if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
            continue
        target, value = statement.targets[0], statement.value
        if not isinstance(target, ast.Attribute) or not isinstance(value, ast.Constant):
            continue
        if isinstance(value.value, bool) and ("grad" in target.attr or "train" in target.attr):
            yield WrittenFlag(target.attr, value.value, module.span(statement))


def _fits(case: Case, flag: WrittenFlag) -> bool:
    """On a tensor only a misspelled flag means nothing; on a module the right name does too."""
    if flag.flag == "trainable" and case.recording.dialect.edits != "torch":
        return False
    if flag.flag != "requires_grad":
        return FLAG_TYPO in case.variable.tags or _names_owner(case, flag)
    return OWNER_FLAG_TYPO in case.variable.tags and _names_owner(case, flag)


def _names_owner(case: Case, flag: WrittenFlag) -> bool:
    """Whether what stands before the flag is called like something that holds the variable."""
    receiver = (flag.place.source or "").partition("=")[0].strip().rpartition(".")[0]
    last = receiver.rpartition(".")[2].partition("[")[0]
    return last == "self" or last in case.variable.name.split(".")[:-1]
