"""What the source shows in functions of which a run saw nothing is counted, and nothing else is."""

from __future__ import annotations

import json
from collections.abc import Mapping, Set
from pathlib import Path

import pytest

from whygrad import api
from whygrad.cli import main
from whygrad.diagnosis import joined as room
from whygrad.diagnosis.joined import joined
from whygrad.model.finding import Finding, Severity
from whygrad.model.report import ExceptionRow, ModelRow, Report, Unseen
from whygrad.model.source import SourceLocation

TEXT = """\
import torch
from torch import nn


class Base(nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = [nn.Linear(4, 4)]

    def forward(self, x):
        return self.blocks[0](x)


class Net(Base):
    pass


class Other(nn.Module):
    def __init__(self):
        super().__init__()
        self.w = torch.randn(4, requires_grad=True)

    def forward(self, x):
        return x * self.w


def helper(model):
    optimizer = torch.optim.SGD(model.parameters(), lr=0)
    for _ in range(3):
        optimizer.zero_grad()
        model(torch.randn(2, 4)).mean().backward()
        optimizer.step()
"""
BLOCKS, WEIGHT, RATE = 8, 21, 28
"""The lines of the three errors: in `Base.__init__`, `Other.__init__` and `helper`."""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.py").write_text(TEXT)
    return tmp_path


def unseen(
    ran: Mapping[str, Set[int]], *findings: Finding, ignored: str = "", **others: object
) -> tuple[Report, int]:
    told = Report("0", "run", frameworks={"torch": "2"}, steps=3, findings=findings, **others)  # type: ignore[arg-type]
    found = joined(
        told, lambda: ["net.py"], str(Path.cwd()), lambda: ran, lambda cause: cause != ignored
    )
    assert found.findings == findings
    return found, sum(one.errors for one in found.unseen)


def test_errors_in_functions_of_which_nothing_was_seen_are_counted() -> None:
    found, count = unseen({})
    assert count == 3 and found.unseen == (Unseen("net.py", 3),)
    assert found.notices == (
        "not seen here: `whygrad check net.py` tells of 3 more errors, in functions of which this"
        " run saw nothing",
    )


@pytest.mark.parametrize(
    ("lines", "left"),
    [
        ({6}, 2),
        ({6, 19}, 1),
        ({6, 19, 27}, 0),
        ({10, 23}, 3),
        ({1, 14, 18, 32}, 2),
    ],
)
def test_what_ran_is_not(lines, left) -> None:
    found, count = unseen({"net.py": lines})
    assert count == left and len(found.notices) == bool(left)


def test_what_was_built_and_computed_ran_with_its_bases() -> None:
    assert unseen({}, models=(ModelRow("model", "Net", "torch", None),))[1] == 2
    assert unseen({}, models=(ModelRow("model", "Other", "torch", None),))[1] == 2


def test_what_the_run_found_as_well_is_not() -> None:
    place = SourceLocation("net.py", RATE, 17)
    same = Finding("zero-learning-rate", Severity.ERROR, "torch", (), "it does not train", place)
    assert unseen({}, same)[1] == 2


def test_what_the_run_tells_of_the_same_variables_elsewhere_is_not() -> None:
    place = SourceLocation("net.py", 99, 1)
    other = Finding("detached", Severity.ERROR, "torch", ("net.w",), "it does not train", place)
    assert unseen({}, other)[1] == 2


def test_only_errors_of_a_framework_that_took_part_and_of_wanted_causes() -> None:
    assert unseen({}, ignored="unregistered-tensor")[1] == 2
    told = Report("0", "run", frameworks={"keras": "3"}, steps=3)
    found = joined(told, lambda: ["net.py"], str(Path.cwd()), dict)
    assert found == told
    text = "    loss = model(torch.randn(2, 4)).mean()\n    loss.backward()\n"
    step = f"def once(model, optimizer):\n{text}    optimizer.step()\n"
    Path("net.py").write_text(f"import torch\n\n\nfor _ in range(2):\n    pass\n\n\n{step}")
    assert unseen({})[1] == 0


def test_ignores_hold_here_too() -> None:
    lines = TEXT.splitlines(keepends=True)
    lines[RATE - 1] = lines[RATE - 1].rstrip() + "  # whygrad: ignore[zero-learning-rate]\n"
    Path("net.py").write_text("".join(lines))
    assert unseen({})[1] == 2


def test_more_than_a_moment_is_not_spent_on_it(monkeypatch) -> None:
    monkeypatch.setattr(room, "_LITTLE", 100)
    assert unseen({})[1] == 0


def test_a_run_that_failed_early_tells_them_all() -> None:
    failed = ExceptionRow("ValueError", "no data", None)
    told = Report("0", "run", frameworks={"torch": "2"}, exception=failed)
    found = joined(told, lambda: ["net.py"], str(Path.cwd()), dict)
    assert len(found.findings) == 3 and found.unseen == () == found.notices


SCRIPT = """

model = {model}
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for _ in range(4):
    optimizer.zero_grad()
    model(torch.randn(2, 4)).mean().backward()
    optimizer.step()
"""


def test_of_a_script(capsys) -> None:
    pytest.importorskip("torch")
    Path("train.py").write_text(TEXT + SCRIPT.format(model="nn.Linear(4, 1)"))
    assert main(["run", "--format", "json", "--output", "told.json", "train.py"]) == 0
    data = json.loads(Path("told.json").read_text())
    assert data["unseen"] == [{"path": "train.py", "errors": 3}] and data["findings"] == []
    assert main(["run", "train.py"]) == 0
    told = " ".join(capsys.readouterr().err.split())
    assert "- not seen here: `whygrad check train.py` tells of 3 more errors, in" in told
    assert main(["check", "train.py"]) == 1
    assert capsys.readouterr().out.endswith("whygrad: 3 errors\n")


def test_what_a_run_withdraws_is_never_told() -> None:
    pytest.importorskip("torch")
    hidden = "vars(model)['_modules']['hidden'] = model.blocks[0]\n"
    script = SCRIPT.format(model="Net()").replace("optimizer = ", f"{hidden}optimizer = ", 1)
    used = script.replace("for _ in", "Other()\nhelper(nn.Linear(4, 1))\nfor _ in")
    text = TEXT.replace("lr=0)", "lr=0.1 * 0)")
    Path("train.py").write_text(text + used)
    report = api.run("train.py", steps=9).report
    assert report.unseen == () and not any("not seen here" in n for n in report.notices)
    Path("pyproject.toml").write_text("[tool.whygrad]\nignore = ['unregistered-tensor']\n")
    Path("train.py").write_text(TEXT + script)
    assert api.run("train.py").report.unseen == (Unseen("train.py", 1),)
