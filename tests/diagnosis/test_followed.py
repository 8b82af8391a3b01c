"""What `check` does not follow to the end is told, and nothing is claimed from what it left out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from whygrad.cli import main
from whygrad.diagnosis.check import check
from whygrad.model import codec
from whygrad.model.report import Report
from whygrad.render import render
from whygrad.source.dataflow import program
from whygrad.source.project.project import project_of

_LAYER = """
import torch
from torch import nn

class {name}(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(3))
        self.bias = nn.Parameter(torch.zeros(3))

    def forward(self, x):
        return x * self.weight.detach() + self.bias
"""
_HEAD = """
import torch
from torch import nn

model = nn.Linear(3, 1)
gate = nn.Parameter(torch.ones(1))
optimizer = torch.optim.SGD([*model.parameters(), gate], lr=0.1)

def last(x, n):
    return x

"""
_LOOP = """
def far(x):
    return (near(x) * gate).sum()

def near(x):
    return model(x)

def step(x):
    busy0(x)
    loss = far(x)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

for batch in range(3):
    step(torch.randn(2, 3))
"""


def _busy(depth: int) -> str:
    """Functions that call one another, so that each more doubles what there is to follow."""
    rows = []
    for i in range(depth):
        inner = f"busy{i + 1}" if i + 1 < depth else "last"
        rows.append(f"def busy{i}(x, n=1):")
        rows.append(f"    return {inner}(x, n * 2) + {inner}(x, n * 2 + 1)\n")
    return "\n".join(rows)


def _checked(**texts: str) -> Report:
    return check(project_of({f"{name}.py": text for name, text in texts.items()}))


def test_what_is_followed_to_the_end_is_not_spoken_of() -> None:
    report = _checked(model=_LAYER.format(name="Layer"), train=_HEAD + _busy(3) + _LOOP)
    assert [f.cause for f in report.findings] == ["detached"]
    assert report.not_followed == ()
    assert report.notices == ()


def test_a_script_with_too_many_calls_is_followed_in_part() -> None:
    report = _checked(train=_HEAD + _busy(13) + _LOOP)
    (one,) = report.not_followed
    assert (one.path, one.partly) == ("train.py", True)
    assert report.notices == (
        "train.py: gradients were only in part followed, as it makes too many calls: `check` may"
        " have missed something there",
    )
    # What the calls that were left out may use is not taken for unused, nor the loop for idle.
    assert report.findings == ()


def test_what_is_lost_before_the_end_is_still_found() -> None:
    found = _checked(train=_HEAD + _busy(13) + _LOOP.replace("near(x) * gate", "model(x).detach()"))
    assert found.not_followed
    assert {f.cause for f in found.findings} <= {"detached"}


def test_short_files_come_first_and_the_rest_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "_IN_ALL", (30, 30))
    # An attribute of which a file speaks that was not followed is left alone: another name here.
    long = _LAYER.format(name="Long").replace("weight", "scale") + "\n".join(
        f"    x{i} = {i}" for i in range(900)
    )
    report = _checked(a=long, b=long, c=_LAYER.format(name="Short"), d=long)
    assert [f.location.path for f in report.findings if f.location] == ["c.py"]
    assert [(one.path, one.partly) for one in report.not_followed] == [
        ("b.py", False),
        ("d.py", False),
    ]
    (notice,) = report.notices
    assert notice.startswith("of 4 files that train or cut gradients, 2 were not followed: ")
    data = json.loads(codec.dumps(report))
    assert data["not_followed"][0]["path"] == "b.py"
    assert codec.loads(codec.dumps(report)) == report
    assert "2 were not followed" in render(report, "terminal", color=False, width=200)


def test_statistics_list_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(program, "_IN_ALL", (0, 0))
    monkeypatch.chdir(tmp_path)
    Path("layer.py").write_text(_LAYER.format(name="Layer"), encoding="utf-8")
    assert main(["check", "--statistics", "--no-cache", "."]) == 0
    assert capsys.readouterr().out.splitlines()[-2:] == [
        "gradients were not followed to the end in:",
        "  layer.py: as the project is too large for that",
    ]


def test_a_call_is_followed_again_when_a_name_it_reads_has_changed() -> None:
    text = """
import torch
from torch import nn

weight = nn.Parameter(torch.ones(3))
other = nn.Parameter(torch.ones(3))
optimizer = torch.optim.SGD([weight, other], lr=0.1)

def scaled(x):
    return x * used

for x in torch.randn(4, 3):
    used = weight.detach()
    aside = scaled(x)
    used = weight
    loss = (scaled(x) + aside + other).sum()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
    assert _checked(train=text).findings == ()
    lost = _checked(train=text.replace("    used = weight\n", "    used = weight.detach()\n"))
    assert [f.cause for f in lost.findings] == ["detached"]


def test_what_is_put_on_a_tensor_may_be_taken_from_there() -> None:
    text = """
import torch
from torch import nn

class Rates(nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = [model]
        self.lr = nn.Parameter(torch.tensor(0.1))

    def step(self):
        for p in self.model[0].parameters():
            p.update = -self.lr * p.grad.detach()
        updated(self.model[0])

def updated(model):
    for name, p in list(model.named_parameters()):
        setattr(model, name, p + getattr(p, "update"))

model = nn.Linear(3, 1)
rates = Rates(model)
optimizer = torch.optim.Adam(rates.parameters(), lr=0.1)
for batch in range(3):
    optimizer.zero_grad()
    loss = model(torch.randn(2, 3)).sum()
    loss.backward()
    optimizer.step()
    rates.step()
"""
    assert _checked(train=text).findings == ()
