"""A report survives JSON, the schema accepts what is written, and bad files are told apart."""

from __future__ import annotations

import copy
import json
import math
from collections.abc import Iterator
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.render import reports
from whygrad.model import codec
from whygrad.model.errors import InputError
from whygrad.model.report import Report

SCHEMA = json.loads(files("whygrad.model").joinpath("report.schema.json").read_text("utf-8"))


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("name", reports.ALL)
def test_round_trip_and_schema(name: str) -> None:
    report = reports.ALL[name]
    text = codec.dumps(report)
    assert text.isascii()
    Draft202012Validator(SCHEMA).validate(json.loads(text, parse_constant=pytest.fail))
    back = codec.loads(text)
    assert codec.dumps(back) == text
    if name != "many":  # the one with a NaN, which equals nothing
        assert back == report


def test_numbers_that_json_has_no_word_for() -> None:
    rows = [reports.variable(f"v{x}", gradient_norm=x) for x in (math.nan, math.inf, -math.inf)]
    back = codec.loads(codec.dumps(replace(reports.NOTHING, variables=tuple(rows))))
    assert [str(row.gradient_norm) for row in back.variables] == ["nan", "inf", "-inf"]


def test_keys_from_a_newer_whygrad_are_passed_over() -> None:
    data = json.loads(codec.dumps(reports.ONE))
    data["extra"] = data["findings"][0]["extra"] = 1
    assert codec.loads(json.dumps(data)) == reports.ONE


def test_a_report_from_before_the_picture_of_gradient_flow() -> None:
    data = json.loads(codec.dumps(reports.ONE))
    del data["modules"]
    for row in data["variables"]:
        del row["steps"]
    Draft202012Validator(SCHEMA).validate(data)
    assert all(not row.steps for row in codec.loads(json.dumps(data)).variables)


def test_every_field_of_the_contract() -> None:
    data = json.loads(codec.dumps(reports.ONE))
    assert list(data) == [
        "schema", "whygrad", "kind", "frameworks", "steps", "elapsed_s", "stopped", "exception",
        "models", "variables", "modules", "findings", "notices", "not_followed",
        "unseen",
    ]  # fmt: skip
    assert data["models"] == [
        {
            "name": "model", "class": "SegNet", "framework": "torch",
            "location": {"path": "train.py", "line": 5},
        }
    ]  # fmt: skip
    (finding,) = data["findings"]
    assert finding["location"] == {
        "path": "train.py", "line": 9, "column": 21, "end_line": 9, "end_column": 56,
        "function": "SegNet.forward", "source": "torch.randn(64, requires_grad=True)",
    }  # fmt: skip
    assert finding["fix"]["edits"] == [
        {
            "path": "train.py", "start": [9, 21], "end": [9, 56],
            "text": "nn.Parameter(torch.randn(64))",
        }
    ]  # fmt: skip


def nodes(data: Any) -> Iterator[tuple[Any, Any]]:
    todo = [data]
    while todo:
        node = todo.pop()
        items = node.items() if isinstance(node, dict) else enumerate(node)
        for key, value in items:
            yield node, key
            if isinstance(value, (dict, list)):
                todo.append(value)


@pytest.mark.parametrize("wrong", [None, 7.5, "?", [], {}, True])
def test_one_wrong_value_anywhere_is_either_read_or_refused(wrong: Any) -> None:
    whole = json.loads(codec.dumps(reports.ONE))
    for i in range(len(list(nodes(whole)))):
        data = copy.deepcopy(whole)
        node, key = list(nodes(data))[i]
        node[key] = wrong
        try:
            assert isinstance(codec.loads(json.dumps(data), "r.json"), Report)
        except InputError as error:
            assert str(error).startswith("r.json: ")
            assert "\n" not in str(error)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not JSON"),
        ("{", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[]", "it has no `schema`"),
        ("{}", "it has no `schema`"),
        ('{"schema": 2}', "written with schema 2; this whygrad reads 1"),
        ('{"schema": 1}', "has no `whygrad`"),
        ('{"schema": 1, "whygrad": "0", "kind": 1}', "kind is not text"),
        (
            '{"schema": 1, "whygrad": "0", "kind": "run", "variables": [{"name": "a"}]}',
            r"variables\[0\] has no `model`",
        ),
        (
            '{"schema": 1, "whygrad": "", "kind": "",'
            ' "findings": [{"cause": "a", "severity": "x"}]}',
            r"findings\[0\].severity is not one of error, warning, note",
        ),
    ],
)
def test_what_is_no_report(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        codec.loads(text)


def test_files(tmp_path: Path) -> None:
    path = tmp_path / "r.json"
    path.write_text(codec.dumps(reports.HOSTILE))
    assert codec.load(path) == reports.HOSTILE
    path.write_bytes(b"\xff\xfe")
    for bad in (path, tmp_path / "missing.json", tmp_path):
        with pytest.raises(InputError, match=str(bad)):
            codec.load(bad)
