"""All causes. ORDER is the one place that says in which order they are asked."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from importlib.resources import files
from pkgutil import iter_modules
from typing import Final

import whygrad.causes
from whygrad.causes.page import Page, parse
from whygrad.causes.rule import Rule
from whygrad.model.cause import Cause, Family

ORDER: Final[Mapping[Family, tuple[str, ...]]] = {
    Family.REGISTRATION: (
        "unregistered-tensor",
        "unregistered-container",
        "non-leaf-parameter",
        "buffer-not-parameter",
        "replaced-variable",
        "created-in-forward",
    ),
    Family.TRAINABILITY: ("frozen", "integer-dtype"),
    Family.GRAPH: (
        "detached",
        "grad-disabled",
        "left-framework",
        "rewrapped",
        "non-differentiable-op",
        "custom-gradient",
        "unused",
    ),
    Family.LOOP: (
        "not-in-optimizer",
        "stale-optimizer",
        "zero-learning-rate",
        "update-underflow",
        "step-missing",
        "grads-not-cleared",
    ),
    Family.ZERO: ("dead-activation", "saturated", "multiplied-by-zero", "constant-output"),
    Family.NUMERICS: ("nan-gradient", "underflow", "vanishing", "exploding"),
}
"""The differential order: the first cause that explains a variable leads."""

IDS: Final = tuple(id for ids in ORDER.values() for id in ids)


def family(id: str) -> Family:
    """The family of a cause. Raises KeyError for an unknown id."""
    for name, ids in ORDER.items():
        if id in ids:
            return name
    raise KeyError(id)


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
