"""What is written for code scanning is valid SARIF 2.1.0, whatever it tells.

The typed model checks names and types. The standard's own JSON Schema, which is not ours to pass on,
checks the rest where WHYGRAD_SARIF_SCHEMA is the path of a copy of `sarif-schema-2.1.0.json`.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft4Validator, FormatChecker

from tests.render.reports import ALL
from whygrad.cli import main
from whygrad.render import render

BROKEN = """\
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = [nn.Linear(4, 4) for _ in range(3)]
        self.beta = torch.randn(4, requires_grad=True)
        self.gamma = torch.randn(4, requires_grad=True)  # whygrad: ignore[unregistered-tensor]
        self.bias = nn.Parameter(torch.zeros(4))  # whygrad: ignore[unregistered-tensor]

    def forward(self, x):
        for block in self.blocks:
            x = block(x)
        return x * self.beta + self.gamma + self.bias.detach()
"""


def validated(text: str) -> dict[str, Any]:
    log: dict[str, Any] = json.loads(text)
    pytest.importorskip("sarif_pydantic").Sarif.model_validate_json(text)
    if os.environ.get("WHYGRAD_SARIF_SCHEMA"):
        schema = json.loads(Path(os.environ["WHYGRAD_SARIF_SCHEMA"]).read_text("utf-8"))
        Draft4Validator(schema, format_checker=FormatChecker()).validate(log)
    for result in log["runs"][0]["results"]:
        rule = log["runs"][0]["tool"]["driver"]["rules"][result["ruleIndex"]]
        assert rule["id"] == result["ruleId"]
    return log


def checked(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    main(["check", "--no-cache", "--format", "sarif", *arguments])
    return validated(capsys.readouterr().out)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", ALL)
def test_every_report(name: str) -> None:
    validated(render(ALL[name], "sarif", color=False, width=80))


def test_fixes_and_ignored_lines(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "a net.py").write_text(BROKEN)
    (run,) = checked(capsys)["runs"]
    assert {r["ruleId"] for r in run["results"] if "fixes" in r} == {
        "unregistered-container",
        "unregistered-tensor",
        "detached",
    }
    assert len([r for r in run["results"] if r["ruleId"] == "unregistered-tensor"]) == 1
    place = run["results"][0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "a%20net.py"
    (told,) = run["invocations"][0]["toolExecutionNotifications"]
    assert "silences nothing" in told["message"]["text"]


def test_a_notebook(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cells = [
        {"cell_type": "markdown", "metadata": {}, "source": ["# Größe"]},
        {"cell_type": "code", "metadata": {}, "source": BROKEN, "outputs": []},
    ]
    book = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (project / "größe.ipynb").write_text(json.dumps(book), encoding="utf-8")
    (run,) = checked(capsys)["runs"]
    assert {r["ruleId"] for r in run["results"]} >= {"unregistered-container"}
    assert all("%C3%B6" in json.dumps(r["locations"]) for r in run["results"])


def test_a_baseline(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "net.py").write_text(BROKEN)
    main(["check", "--write-baseline", "known.json", "--no-cache"])
    assert checked(capsys, "--baseline", "known.json")["runs"][0]["results"] == []
    more = BROKEN.replace("class Net", "class Other").replace("self.beta", "self.delta")
    (project / "more.py").write_text(more)
    assert checked(capsys, "--baseline", "known.json")["runs"][0]["results"]


def test_what_cannot_be_read(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "broken.py").write_text("import torch\nclass (:\n")
    (run,) = checked(capsys)["runs"]
    assert run["results"] == []
    assert (
        "is not Python" in run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"]
    )
