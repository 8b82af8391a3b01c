"""Probing steps of torch in which variables look sick: where gradient died, and the numbers."""

from __future__ import annotations

import pytest
import torch

from tests.backends.probed import MSE, because, case_of, death, observe, op, probe_of, program
from tests.backends.recorded import HEADER, Recorder, record
from whygrad.flow.case import Case
from whygrad.flow.death import How
from whygrad.flow.run import Run
from whygrad.model.report import Gradient

__all__ = ["record"]

LINEARS = {"a": "nn.Linear(8, 6)", "b": "nn.Linear(6, 1)"}


def test_a_healthy_model_is_not_probed(record: Recorder) -> None:
    recording = observe(record, "self.b(torch.relu(self.a(x)))", MSE, **LINEARS)
    assert [step.probe for step in recording.steps] == [None, None, None]


def test_a_dead_rectifier_with_its_units_and_numbers(record: Recorder) -> None:
    recording = observe(record, "self.b(torch.relu(self.a(x) - 100))", MSE, **LINEARS)
    one = death(recording, "a.weight")
    assert op(recording, one).name == "relu"
    assert (one.how, one.passed) == (How.ZERO, 0.0)
    assert one.arrived > 0
    assert not one.spared
    graph = recording.steps[0].graph
    numbers = probe_of(recording).numbers[graph.sources[one.edge]]
    assert numbers.count == 32 * 6
    assert numbers.high < -90
    assert numbers.positive == 0
    dead = case_of(recording, "a.weight").run.dead_units(0, graph.edge_ops[one.edge])
    assert dead is not None
    assert (dead.count, len(dead.units), dead.steps) == (6, 6, 3)


def test_units_of_a_convolution_are_its_channels(record: Recorder) -> None:
    recording = observe(
        record,
        "torch.relu(self.a(x) - 100).mean((2, 3))",
        "net(torch.randn(4, 3, 5, 5)).sum()",
        a="nn.Conv2d(3, 7, 3)",
    )
    one = death(recording, "a.weight")
    (units,) = probe_of(recording).units.values()
    assert units.dead == b"\1" * 7
    assert op(recording, one).name == "relu"


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ("self.b(self.a(x)).softmax(-1)", "softmax"),
        ("F.layer_norm(self.b(self.a(x)), (1,))", "layer_norm"),
    ],
)
def test_an_axis_of_one_entry(record: Recorder, body: str, name: str) -> None:
    recording = observe(record, body, MSE, **LINEARS)
    one = death(recording, "a.weight")
    assert op(recording, one).name == name
    assert not one.symmetric
    assert set(probe_of(recording).axis.values()) == {1}


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ("self.b(self.a(x) * torch.zeros(6))", "mul"),
        ("self.b(F.dropout(self.a(x), 1.0))", "dropout"),
        ("self.b(x[:, :6]) + 0.0 * self.a(x).sum()", "mul"),
        ("self.b(torch.sigmoid(self.a(x) + 1000))", "sigmoid"),
        ("self.b(torch.tanh(self.a(x) + 1000))", "tanh"),
        ("self.b(self.a(x).clamp(50, 60))", "clamp"),
        ("self.b(F.gelu(self.a(x) - 1000))", "gelu"),
        ("self.b(torch.where(x[:, :6] > 99, self.a(x), 0.0))", "where"),
    ],
)
def test_where_it_died(record: Recorder, body: str, name: str) -> None:
    recording = observe(record, body, MSE, **LINEARS)
    one = death(recording, "a.weight")
    assert op(recording, one).name == name
    assert one.how is How.ZERO
    assert not one.spared
    assert not one.symmetric


def test_what_is_taken_from_itself(record: Recorder) -> None:
    body = "(lambda h: self.b(x[:, :6]) + (h - h).sum())(self.a(x))"
    recording = observe(record, body, MSE, **LINEARS)
    one = death(recording, "a.weight")
    assert one.how is How.CANCELLED
    assert (because(recording, one), one.symmetric) == ("sub", False)
    assert one.arrived > 0
    assert one.passed == 0


def test_the_mean_of_a_softmax_gives_noise(record: Recorder) -> None:
    recording = observe(
        record, "self.a(x).softmax(-1)", "net(torch.randn(64, 8)).mean()", **LINEARS
    )
    one = death(recording, "a.weight")
    assert (op(recording, one).name, one.how) == ("softmax", How.NOISE)
    assert not one.symmetric
    assert case_of(recording, "a.weight").noise


IMAGES = "F.cross_entropy(net(torch.randn(16, 3, 6, 6)), torch.randint(0, 4, (16,)))"


@pytest.mark.parametrize(
    ("body", "loss", "layers", "name", "why"),
    [
        (
            "self.n(self.a(x)).relu().mean((2, 3))",
            IMAGES,
            {"a": "nn.Conv2d(3, 4, 3)", "n": "nn.BatchNorm2d(4)"},
            "a.bias",
            "batch_norm",
        ),
        (
            "(self.q(x) @ self.k(x).transpose(-1, -2)).softmax(-1) @ self.v(x)",
            "net(torch.randn(8, 5, 8)).pow(2).mean()",
            {"q": "nn.Linear(8, 8)", "k": "nn.Linear(8, 8)", "v": "nn.Linear(8, 8)"},
            "k.bias",
            "softmax",
        ),
        (
            "F.scaled_dot_product_attention(self.q(x), self.k(x), self.v(x))",
            "net(torch.randn(8, 5, 8)).pow(2).mean()",
            {"q": "nn.Linear(8, 8)", "k": "nn.Linear(8, 8)", "v": "nn.Linear(8, 8)"},
            "k.bias",
            "scaled_dot_product_attention",
        ),
        (
            "self.b(torch.tanh(self.a(x)))",
            "net(torch.randn(16, 8)).mean() - net(torch.randn(16, 8) + 1).mean()",
            LINEARS,
            "b.bias",
            "sub",
        ),
        (
            "self.b(torch.tanh(self.a(x)))",
            "torch.cdist(net(torch.randn(16, 8)), net(torch.randn(16, 8))).mean()",
            {"a": "nn.Linear(8, 6)", "b": "nn.Linear(6, 3)"},
            "b.bias",
            "cdist",
        ),
        (
            "self.a(x) + self.b",
            "F.cross_entropy(net(torch.randn(16, 8)), torch.randint(0, 6, (16,)))",
            {"a": "nn.Linear(8, 6)", "b": "nn.Parameter(torch.ones(1))"},
            "b",
            "cross_entropy",
        ),
    ],
)
def test_one_direction_that_cancels(
    record: Recorder,
    body: str,
    loss: str,
    layers: dict[str, str],
    name: str,
    why: str,
) -> None:
    recording = observe(record, body, loss, **layers)
    one = death(recording, name)
    assert because(recording, one) == why
    assert one.symmetric
    assert one.spared
    run = Run(recording)
    others = [v for v in recording.variables if v.trainable and v.name != f"net.{name}"]
    assert [v.name for v in others if Case(run, v).dead_steps] == []


def test_the_packed_bias_of_an_attention_is_healthy(record: Recorder) -> None:
    recording = observe(
        record,
        "self.a(x, x, x)[0]",
        "net(torch.randn(5, 4, 8)).pow(2).mean()",
        a="nn.MultiheadAttention(8, 2)",
    )
    run = Run(recording)
    assert [v.name for v in recording.variables if Case(run, v).dead_steps] == []


LORA = {
    "w": "nn.Linear(8, 1).requires_grad_(False)",
    "p": "nn.Parameter(torch.randn(8, 2))",
}


def test_a_factor_of_zero_starts_the_other_in_the_second_step(
    record: Recorder,
) -> None:
    body = "self.w(x) + x @ self.p @ self.o"
    recording = observe(record, body, MSE, **LORA, o="nn.Parameter(torch.zeros(2, 1))")
    assert case_of(recording, "p").dead_steps == ()
    run = Run(recording)
    (variable,) = (v for v in recording.variables if v.name == "net.p")
    value = variable.steps[0].value
    assert value is not None
    (one,) = run.deaths[0][value]
    assert op(recording, one).name == "matmul"
    assert one.spared, "the other factor learns"


def test_two_factors_of_zero_stay_where_they_are(record: Recorder) -> None:
    layers = {**LORA, "p": "nn.Parameter(torch.zeros(8, 2))"}
    body = "self.w(x) + x @ self.p @ self.o"
    recording = observe(record, body, MSE, **layers, o="nn.Parameter(torch.zeros(2, 1))")
    assert not death(recording, "p").spared
    assert not death(recording, "o").spared


def test_a_variable_that_a_cut_keeps_from_the_loss_is_not_probed(
    record: Recorder,
) -> None:
    zeros = "for p in net.parameters(): p.grad = torch.zeros_like(p)\noptimizer ="
    text = program("self.b(self.a(x).detach())", MSE, **LINEARS).replace("optimizer =", zeros, 1)
    recording = record(text.replace("zero_grad()", "zero_grad(set_to_none=False)"))
    assert case_of(recording, "a.weight").gradient is Gradient.ZERO
    assert [step.probe for step in recording.steps] == [None, None, None]


def test_probing_leaves_training_as_it_is(record: Recorder) -> None:
    body = "self.b(F.dropout(torch.relu(self.a(x) - 100), 0.5)) + self.c(x)"
    text = program(body, MSE, **LINEARS, c="nn.Linear(8, 1)")
    recording = record(text, stop=False)
    assert probe_of(recording).edges
    watched, drawn = record.namespace["net"].state_dict(), torch.rand(3)
    plain: dict[str, object] = {"__name__": "__main__"}
    exec(compile(HEADER + text, "plain", "exec"), plain)
    net = plain["net"]
    assert isinstance(net, torch.nn.Module)
    assert all(torch.equal(value, watched[name]) for name, value in net.state_dict().items())
    assert torch.equal(torch.rand(3), drawn)
