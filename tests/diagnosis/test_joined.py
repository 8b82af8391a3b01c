"""The run knows what happens, the source what to write: together they are one finding."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from whygrad import api
from whygrad.diagnosis import joined as room
from whygrad.diagnosis.joined import joined
from whygrad.model.finding import Finding, Proof, Severity
from whygrad.model.report import ExceptionRow, Gradient, Report, Status, VariableRow
from whygrad.model.source import Fix, SourceLocation

TEXT = """\
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = [nn.Linear(4, 4) for _ in range(3)]
        self.out = nn.Linear(4, 4)

    def forward(self, x):
        for block in self.blocks:
            x = block(x)
        return self.out(x)
"""
EMPTY = TEXT.replace("        self.out = nn.Linear(4, 4)\n", "").replace("self.out(x)", "x")
LOOP = """\


model = Net()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for _ in range(2):
    optimizer.zero_grad()
    model(torch.randn(8, 4)).pow(2).mean().backward()
    optimizer.step()
"""
HOLDS = Proof("replay", None, 0.5, True)
FAILED = ExceptionRow("ValueError", "no data", None)


def net() -> list[str]:
    return ["net.py"]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.py").write_text(TEXT)
    return tmp_path


def finding(**other: object) -> Finding:
    told = Finding(
        "unregistered-container", Severity.ERROR, "torch", ("model.blocks.0.weight",),
        "they do not train", SourceLocation("net.py", 8, 9), fix=Fix("keep them in a list"),
        proof=HOLDS,
    )  # fmt: skip
    return dataclasses.replace(told, **other)  # type: ignore[arg-type]


def report(*found: Finding, **other: object) -> Report:
    made = Report("0", "run", frameworks={"torch": "2"}, steps=3, findings=found)
    return dataclasses.replace(made, **other)  # type: ignore[arg-type]


def row(status: Status) -> VariableRow:
    place = SourceLocation("net.py", 8)
    return VariableRow(
        "model.blocks.0.weight", "model", (4, 4), "float32", False, True, None,
        Gradient.FINITE, 1.0, False, status, place,
    )  # fmt: skip


def test_the_edit_of_the_source_is_taken_over(folder):
    (found,) = joined(report(finding()), net, str(folder)).findings
    assert found.fix is not None
    (edit,) = found.fix.edits
    assert (edit.path, edit.start, edit.end) == ("net.py", (8, 23), (8, 58))
    assert edit.text == "nn.ModuleList([nn.Linear(4, 4) for _ in range(3)])"
    assert dataclasses.replace(found, fix=finding().fix) == finding()


@pytest.mark.parametrize(
    "other",
    [
        {"cause": "unregistered-tensor"},
        {"location": SourceLocation("net.py", 9, 9)},
        {"location": SourceLocation("other.py", 8, 9)},
        {"location": None},
        {"framework": "keras"},
        {"severity": Severity.WARNING},
        {"severity": Severity.NOTE},
        {"proof": Proof("replay", None, None, False)},
    ],
    ids=lambda other: next(iter(other)),
)
def test_not_of_another_thing_nor_where_the_run_is_less_sure(folder, other):
    told = report(finding(**other))
    assert joined(told, net, str(folder)) == told


def test_what_the_source_alone_shows_is_not_told_where_training_was_seen(folder):
    other = finding(cause="detached", location=SourceLocation("net.py", 14, 16))
    assert joined(report(other), net, str(folder)).findings == (other,)


def test_a_healthy_run_reads_nothing(folder):
    for told in (report(), report(finding(severity=Severity.NOTE)), report(exception=FAILED)):
        assert joined(told, None, str(folder)) is told  # type: ignore[arg-type]


def test_of_a_script_that_fails_before_it_trains_the_source_is_told(folder):
    told = report(steps=0, exception=FAILED)
    (found,) = joined(told, lambda: ["net.py", "gone.py"], str(folder)).findings
    assert (found.cause, found.severity) == ("unregistered-container", Severity.ERROR)
    assert found.evidence[-1].startswith("this is what the source shows")
    trains = dataclasses.replace(told, variables=(row(Status.TRAINS),))
    assert joined(trains, net, str(folder)).findings == ()
    unknown = dataclasses.replace(told, variables=(row(Status.UNKNOWN),))
    assert len(joined(unknown, net, str(folder)).findings) == 1
    keras = dataclasses.replace(told, frameworks={"keras": "3"})
    assert joined(keras, net, str(folder)).findings == ()


def test_more_than_anybody_waits_for_is_not_read(folder, monkeypatch):
    monkeypatch.setattr(room, "_LARGEST", 100)
    told = report(finding())
    assert joined(told, net, str(folder)) is told


def test_an_optimizer_without_parameters(folder):
    pytest.importorskip("torch")
    Path("train.py").write_text(EMPTY + LOOP)
    outcome = api.run("train.py")
    (found,) = outcome.report.findings
    assert (found.cause, outcome.status) == ("unregistered-container", 1)
    assert found.location is not None and found.location.line == 8


def test_a_fault_of_ours_leaves_the_report_as_it_was(folder, monkeypatch):
    pytest.importorskip("torch")
    Path("train.py").write_text(EMPTY + LOOP)
    monkeypatch.setattr(room, "check", None)
    outcome = api.run("train.py")
    assert outcome.status == 1 and outcome.report.variables
    assert any(line.startswith("the source was not looked at: ") for line in outcome.report.notices)
