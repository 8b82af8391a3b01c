"""What is said to the framework's own messages about writes in place and graphs of before."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.flows import at, flow, observed, recording, variable
from whygrad import api
from whygrad.diagnosis.diagnose import diagnose
from whygrad.flow.recording import Message
from whygrad.model.finding import Severity

START = "import torch\nimport torch.nn as nn\n\n"
IN_PLACE = "modified by an inplace operation"


def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> api.Outcome:
    monkeypatch.chdir(tmp_path)
    Path("train.py").write_text(START + text)
    return api.run("train.py")


@pytest.mark.parametrize(
    ("made", "write", "op"),
    [
        ("torch.sigmoid(a(x))", "h += 1", "add"),
        ("torch.exp(a(x))", "h[:, 0] = 0", "setitem"),
        ("a(x).tanh()", "h.mul_(2)", "mul"),
    ],
)
def test_a_write_in_place_is_named_with_what_it_wrote_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, made: str, write: str, op: str
) -> None:
    outcome = told(
        tmp_path,
        monkeypatch,
        "a, b = nn.Linear(4, 4), nn.Linear(4, 2)\n"
        "o = torch.optim.SGD([*a.parameters(), *b.parameters()], 0.1)\n"
        f"x = torch.randn(4, 4)\nh = {made}\n{write}\nb(h).sum().backward()\n",
    )
    assert outcome.ending.status == 1
    assert not outcome.report.findings
    (notice,) = outcome.report.notices
    assert f"`{op}` (train.py:8) writes over" in notice and "(train.py:7) gave" in notice


def test_an_optimizer_that_steps_between_two_backwards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outcome = told(
        tmp_path,
        monkeypatch,
        "g, d = nn.Linear(2, 2), nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 1))\n"
        "og, od = torch.optim.Adam(g.parameters()), torch.optim.Adam(d.parameters())\n"
        "score = d(g(torch.randn(4, 2)))\n"
        "od.zero_grad()\nscore.mean().backward(retain_graph=True)\nod.step()\n"
        "og.zero_grad()\n(-score.mean()).backward()\nog.step()\n",
    )
    assert not [f for f in outcome.report.findings if f.severity is not Severity.NOTE]
    (notice,) = [n for n in outcome.report.notices if IN_PLACE in n]
    assert "the optimizer's step (train.py:9) changed weights in place" in notice


def test_a_hidden_state_of_the_last_step_is_told_where_it_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outcome = told(
        tmp_path,
        monkeypatch,
        "rnn = nn.LSTM(4, 8)\no = torch.optim.Adam(rnn.parameters())\nh = None\n"
        "for _ in range(3):\n    y, h = rnn(torch.randn(2, 5, 4), h)\n"
        "    o.zero_grad()\n    y.sum().backward()\n    o.step()\n",
    )
    (notice,) = outcome.report.notices
    assert "something that enters (train.py:8) was computed in an earlier step" in notice


def test_a_write_that_was_not_seen_is_still_answered() -> None:
    net = flow("h = matmul(x, w); l = sum(h)", loss="l")
    weight = variable("model.w", steps=(observed(net["w"]),) * 3)
    said = Message(f"one of the variables ... has been {IN_PLACE}: [..]", True, at(34))
    silent = recording(net, [weight], messages=(said,), events=())
    (notice,) = diagnose([silent]).notices
    assert "a tensor was changed in place after an op had kept it" in notice


def test_a_detach_between_two_backwards_is_not_simply_dropped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outcome = told(
        tmp_path,
        monkeypatch,
        "g, d = nn.Linear(2, 2), nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 1))\n"
        "og, od = torch.optim.Adam(g.parameters()), torch.optim.Adam(d.parameters())\n"
        "for _ in range(4):\n"
        "    fake = g(torch.randn(4, 2)).detach()\n"
        "    od.zero_grad()\n    (d(fake).mean() - d(torch.randn(4, 2)).mean()).backward()\n"
        "    od.step()\n    og.zero_grad()\n    (-d(fake).mean()).backward()\n    og.step()\n",
    )
    (found,) = [f for f in outcome.report.findings if f.cause == "detached"]
    assert found.fix is not None and not found.fix.edits
