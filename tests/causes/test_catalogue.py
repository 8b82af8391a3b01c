"""Every cause is complete and well-formed, and the catalogue is what DESIGN promises."""

from __future__ import annotations

import ast
from importlib.resources import files

import pytest

import whygrad.causes
from tests.causes.examples import marked, mended
from whygrad.causes.catalogue import cause, causes, page, rules
from whygrad.causes.order import IDS, ORDER, family
from whygrad.causes.page import PageError, parse
from whygrad.model.cause import Family


def test_every_id_once() -> None:
    assert len(IDS) == len(set(IDS)) == 29
    assert list(ORDER) == list(Family)


def test_no_page_or_rule_outside_the_catalogue() -> None:
    for name in Family:
        folder = files(whygrad.causes) / name.value
        pages = {p.name.removesuffix(".md") for p in folder.iterdir() if p.name.endswith(".md")}
        assert pages == {id.replace("-", "_") for id in ORDER[name]}
    assert {rule.id for rule in rules()} <= set(IDS)


def test_families_up_to_the_loop_are_all_found() -> None:
    found = {rule.id for rule in rules()}
    for name in (Family.REGISTRATION, Family.TRAINABILITY, Family.GRAPH, Family.LOOP):
        assert set(ORDER[name]) <= found


def test_rules_are_asked_in_differential_order() -> None:
    asked = [rule.id for rule in rules()]
    assert asked == [id for id in IDS if id in asked]
    assert all(rule.in_case or rule.in_run for rule in rules())


@pytest.mark.parametrize("id", IDS)
def test_page(id: str) -> None:
    text = page(id)
    assert text.title and not text.title.endswith(".")
    assert text.advice.endswith(".") and len(text.advice) < 140
    assert any(example.framework == "torch" for example in text.examples)
    for example in text.examples:
        line, names = marked(example.code)
        assert line and names
        ast.parse(example.code)
        ast.parse(mended(example))
        assert mended(example) != example.code


@pytest.mark.parametrize("id", IDS)
def test_a_cause_can_be_explained(id: str) -> None:
    told = cause(id)
    assert told.id == id and told.family is family(id)
    assert "```python" in told.explanation and "```diff" in told.explanation


def test_all_causes_in_order() -> None:
    assert [one.id for one in causes()] == list(IDS)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("no title", "title"),
        ("# Title\n\nno advice\n\nbody", "advice"),
        ("# Title\n\n> advice\n\nwhy\n\n## PyTorch\n\nno blocks\n", "python"),
    ],
)
def test_a_page_with_a_part_missing_is_refused(text: str, reason: str) -> None:
    with pytest.raises(PageError, match=reason):
        parse(text)
