"""All causes, with what detects them and their pages."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from importlib.resources import files
from pkgutil import iter_modules

import whygrad.causes
from whygrad.causes.order import IDS, family
from whygrad.causes.page import Page, parse
from whygrad.causes.rule import Rule
from whygrad.model.cause import Cause, Family


@cache
def page(id: str) -> Page:
    """The page of a cause."""
    folder = files(whygrad.causes) / family(id).value
    return parse((folder / f"{id.replace('-', '_')}.md").read_text(encoding="utf-8"))


@cache
def cause(id: str) -> Cause:
    """What a person is told of a cause. Raises KeyError for an unknown id."""
    text = page(id)
    return Cause(id, family(id), text.title, text.advice, text.explanation)


def causes() -> tuple[Cause, ...]:
    """The whole catalogue, in differential order."""
    return tuple(cause(id) for id in IDS)


@cache
def rules() -> tuple[Rule, ...]:
    """The rules of all causes that have one, in differential order."""
    found = {}
    for name in Family:
        package = import_module(f"whygrad.causes.{name.value}")
        for module in iter_modules(package.__path__, f"{package.__name__}."):
            rule = getattr(import_module(module.name), "RULE", None)
            if isinstance(rule, Rule):
                found[rule.id] = rule
    return tuple(sorted(found.values(), key=lambda rule: IDS.index(rule.id)))
