"""The calls from Python: explain, watch and assert_trains, and how a report shows itself."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")
from torch import nn  # noqa: E402

import whygrad  # noqa: E402


class Net(nn.Module):
    def __init__(self, hidden=True):
        super().__init__()
        self.body = nn.Linear(4, 4)
        self.blocks = [nn.Linear(4, 4)] if hidden else nn.ModuleList([nn.Linear(4, 4)])
        self.head = nn.Linear(4, 1)

    def forward(self, x):
        return self.head(self.blocks[0](self.body(x)))


def program(hidden=True):
    torch.manual_seed(0)
    net = Net(hidden)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    x = torch.randn(8, 4)

    def step():
        optimizer.zero_grad()
        loss = net(x).pow(2).mean()
        loss.backward()
        optimizer.step()
        return loss

    return net, optimizer, x, step


def found(report):
    return {(finding.cause, finding.variables) for finding in report.errors}


HIDDEN = {("unregistered-container", ("net.blocks.0.weight", "net.blocks.0.bias"))}


def test_explain_after_a_backward():
    net, optimizer, x, _ = program()
    loss = net(x).pow(2).mean()
    loss.backward()
    before = [p.grad.clone() for p in net.parameters()]
    report = whygrad.explain(net, loss=loss, optimizer=optimizer)
    assert report.kind == "explain" and found(report) == HIDDEN
    assert all(torch.equal(a, p.grad) for a, p in zip(before, net.parameters()))


def test_explain_knows_what_it_did_not_see():
    net, optimizer, x, _ = program(hidden=False)
    loss = net.head(net.body(x).detach()).mean()
    loss.backward()
    report = whygrad.explain(net, loss=loss, optimizer=optimizer)
    assert not report.errors
    status = {row.name: row.status.value for row in report.variables}
    assert status["net.head.weight"] == "trains" and status["net.body.weight"] != "trains"


def test_watch_a_few_steps():
    net, optimizer, _, step = program()
    with whygrad.watch(net, optimizer) as watched:
        step()
        step()
    assert watched.report.kind == "watch" and watched.report.steps == 2
    assert found(watched.report) == HIDDEN and watched.report.stopped == "end"


def test_watch_no_more_steps_than_asked():
    net, optimizer, _, step = program(hidden=False)
    with whygrad.watch(steps=2) as watched:
        for _ in range(5):
            step()
    assert watched.report.steps == 2 and watched.report.stopped == "steps"
    assert not watched.report.findings


def test_an_exception_goes_its_way_and_the_report_is_there():
    net, optimizer, x, step = program()
    watched = whygrad.watch(net, optimizer)
    with pytest.raises(RuntimeError, match="element 0 of tensors"), watched:
        step()
        net(x).mean().detach().backward()
    assert watched.report.stopped == "exception"
    assert watched.report.exception.type == "RuntimeError"


def test_no_report_before_the_end():
    with whygrad.watch() as watched, pytest.raises(RuntimeError, match="has been left"):
        watched.report  # noqa: B018


def test_assert_trains_passes_and_gives_the_report():
    net, optimizer, _, step = program(hidden=False)
    report = whygrad.assert_trains(net, step, optimizer)
    assert report.steps == 2 and not report.errors


def test_assert_trains_fails_with_the_printed_report():
    net, optimizer, _, step = program()
    with pytest.raises(AssertionError) as caught:
        whygrad.assert_trains(net, step, optimizer, steps=3)
    assert isinstance(caught.value, whygrad.NotTrainingError)
    assert found(caught.value.report) == HIDDEN and caught.value.report.steps == 3
    assert "unregistered-container" in str(caught.value) and "nn.ModuleList" in str(caught.value)


def test_assert_trains_does_not_pass_where_nothing_trained():
    net, optimizer, _, _ = program(hidden=False)
    with pytest.raises(whygrad.NotTrainingError):
        whygrad.assert_trains(net, lambda: None, optimizer)


def test_assert_trains_says_when_nothing_was_asserted(monkeypatch):
    def broken(*args, **kwargs):
        raise ZeroDivisionError("ours")

    net, optimizer, _, step = program()
    monkeypatch.setattr("whygrad.diagnosis.diagnose.diagnose", broken)
    with pytest.warns(UserWarning, match="whygrad itself failed.*nothing was asserted"):
        whygrad.assert_trains(net, step, optimizer)


def test_several_models_and_names_of_ones_own():
    first, _, x, _ = program()
    second = Net(hidden=False)
    (first(x) + second(x)).mean().backward()
    assert {m.name for m in whygrad.explain([first, second]).models} == {"first", "second"}
    assert [m.name for m in whygrad.explain({"actor": second}).models] == ["actor"]


def test_a_report_shows_itself():
    net, optimizer, _, step = program()
    with whygrad.watch(net, optimizer) as watched:
        step()
    report = watched.report
    assert repr(report).startswith("<whygrad.Report: `unregistered-container`")
    assert "error[unregistered-container]" in str(report) and "\x1b" not in str(report)
    bundle = report._repr_mimebundle_()
    assert bundle["text/plain"] == str(report)
    assert bundle["text/html"].startswith("<pre>") and "->" not in bundle["text/html"]


def test_markup_in_a_report_is_escaped():
    from whygrad.api import Report

    report = Report(whygrad="0", kind="run", notices=("<script>alert(1)</script>",))
    assert "<script>" not in report._repr_mimebundle_()["text/html"]


def test_an_ignore_silences_a_finding_and_one_for_nothing_is_told(tmp_path, monkeypatch):
    from whygrad import api

    monkeypatch.chdir(tmp_path)
    body = """
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.beta = torch.randn(4, requires_grad=True)  # whygrad: ignore[unregistered-tensor]
        self.head = nn.Linear(4, 1)  # whygrad: ignore[unused]

    def forward(self, x):
        return self.head(x * self.beta)

model = Net()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for _ in range(3):
    optimizer.zero_grad()
    model(torch.randn(8, 4)).pow(2).mean().backward()
    optimizer.step()
"""
    (tmp_path / "train.py").write_text(body)
    outcome = api.run("train.py")
    assert not outcome.report.errors and outcome.status == 0
    (told,) = [n for n in outcome.report.notices if "ignore" in n]
    assert "ignore[unused]" in told and "train.py:9" in told


def test_watch_finds_a_model_that_was_made_before_the_block():
    net, _, _, step = program()
    bystander = Net()
    with whygrad.watch() as watched:
        for _ in range(2):
            step()
    assert found(watched.report) == HIDDEN
    assert [model.name for model in watched.report.models] == ["net"]
    assert {row.name.partition(".")[0] for row in watched.report.variables} == {"net"}
    assert next(bystander.parameters()).grad is None and net is not bystander


def test_a_number_that_leaves_twice_comes_back_from_where_names_lead():
    net, optimizer, x, _ = program(hidden=False)
    printed = 0.0
    with whygrad.watch(net, optimizer) as watched:
        for _ in range(2):
            loss = net(x).pow(2).mean()
            printed += loss.item()
            again = torch.tensor(loss.item(), requires_grad=True)
            again.backward()
            optimizer.step()
    (error,) = watched.report.errors
    assert error.location.source == "loss.item()" and error.location.column == 34
    assert not any("another way" in line for line in error.evidence)
