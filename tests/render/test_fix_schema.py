"""What `whygrad fix --format json` writes is what its published schema says."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from importlib.resources import files
from typing import Any

import pytest
from jsonschema import Draft202012Validator, ValidationError
from referencing import Registry, Resource

from tests.render import reports
from whygrad.model.comparison import Comparison, Outcome
from whygrad.model.report import Gradient, Status
from whygrad.render import before_after


def schema(name: str) -> dict[str, Any]:
    text = files("whygrad.model").joinpath(name).read_text("utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


FIX = schema("fix.schema.json")
REPORT = Resource.from_contents(schema("report.schema.json"))
VALIDATOR = Draft202012Validator(FIX, registry=REPORT @ Registry())


def written(comparison: Comparison) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        before_after.as_json(comparison), parse_constant=lambda word: pytest.fail(word)
    )
    return found


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(FIX)


@pytest.mark.parametrize("name", reports.ALL)
@pytest.mark.parametrize("outcome", Outcome)
def test_every_outcome(name: str, outcome: Outcome) -> None:
    before = reports.ALL[name]
    after = None if outcome is Outcome.NOTHING else replace(before, findings=())
    told = written(
        Comparison(outcome, before, after, "--- a\n+++ a\n", ("a.py",), "why", True, "it said")
    )
    VALIDATOR.validate(told)
    assert told["outcome"] == outcome.value and (told["after"] is None) == (after is None)
    assert set(told) == set(FIX["properties"])


def test_variables_of_one_run_alone_and_numbers_that_json_has_no_word_for() -> None:
    sizes = (math.nan, math.inf, None, 0.5)
    rows = [reports.variable(f"v{i}", gradient_norm=x) for i, x in enumerate(sizes)]
    every = replace(reports.NOTHING, kind="run", variables=tuple(rows))
    told = written(Comparison(Outcome.KEPT, every, replace(every, variables=tuple(rows[2:]))))
    VALIDATOR.validate(told)
    assert [row["after"] is None for row in told["variables"]] == [True, True, False, False]
    assert [row["before"]["gradient_norm"] for row in told["variables"]] == [None, None, None, 0.5]


def test_the_words_are_those_of_the_model() -> None:
    state = FIX["$defs"]["state"]["anyOf"][1]["properties"]
    assert state["gradient"]["enum"] == [one.value for one in Gradient]
    assert state["status"]["enum"] == [one.value for one in Status]
    assert FIX["properties"]["outcome"]["enum"] == [one.value for one in Outcome]


@pytest.mark.parametrize("key", FIX["required"])
def test_a_key_that_is_missing_is_noticed(key: str) -> None:
    told = written(Comparison(Outcome.NOTHING, reports.NOTHING))
    VALIDATOR.validate(told)
    del told[key]
    with pytest.raises(ValidationError):
        VALIDATOR.validate(told)


def test_a_report_inside_is_looked_at_too() -> None:
    told = written(Comparison(Outcome.NOTHING, reports.NOTHING))
    del told["before"]["findings"]
    with pytest.raises(ValidationError):
        VALIDATOR.validate(told)
