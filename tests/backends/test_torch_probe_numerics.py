"""Probing steps of torch in which numbers went bad: the first op, its operand, half precision."""

from __future__ import annotations

import math

import pytest

from tests.backends.probed import case_of, death, observe, op, probe_of
from tests.backends.recorded import Recorder, record
from whygrad.flow.probe import Bad
from whygrad.flow.recording import Recording
from whygrad.model.report import Gradient

__all__ = ["record"]

LAYER = {"a": "nn.Linear(8, 4)"}
MEAN = "net(torch.randn(16, 8)).mean()"


def bad(recording: Recording) -> tuple[Bad, str]:
    found = probe_of(recording).bad
    assert found is not None
    return found, recording.steps[0].graph.ops[found.op].name


@pytest.mark.parametrize(
    ("body", "name", "backward", "sample"),
    [
        ("torch.log(self.a(x) * 0)", "log", False, 0.0),
        (
            "torch.log(torch.softmax(self.a(x) * 1e4, -1)).exp() * 0 + self.a(x).log()",
            "log",
            False,
            None,
        ),
        ("torch.sqrt((self.a(x) - self.a(x)) ** 2)", "sqrt", True, 0.0),
        ("(self.a(x) * 0).norm(dim=-1).sqrt()", "sqrt", True, 0.0),
        ("self.a(x) / (self.a(x) * 0)", "div", False, 0.0),
        ("self.a(x) ** 0.5", "pow", False, None),
        ("torch.acos(self.a(x) * 0 + 1)", "acos", True, 1.0),
        (
            "(lambda e: e / e.sum(-1, keepdim=True))(torch.exp(self.a(x) * 0 + 1e3))",
            "exp",
            False,
            1e3,
        ),
        ("(self.a(x) * 0) * torch.exp(self.a(x) * 0 + 1e3)", "exp", False, 1e3),
        ("torch.where(self.a(x) > 99, 1 / (self.a(x) * 0), self.a(x))", "rdiv", True, 0.0),
        ("(self.a(x) + torch.full((4,), -torch.inf)).softmax(-1)", "softmax", False, -math.inf),
        (
            "self.a(x).masked_fill(x[:, :1] > -99, -torch.inf).softmax(-1) @ self.a(x).T",
            "softmax",
            False,
            -math.inf,
        ),
    ],
)
def test_the_first_op_that_made_it(
    record: Recorder, body: str, name: str, backward: bool, sample: float | None
) -> None:
    recording = observe(record, body, MEAN, **LAYER)
    found, made_by = bad(recording)
    assert (made_by, found.backward, found.data) == (name, backward, False)
    assert found.nans + found.infs > 0
    if sample is not None:
        assert set(found.samples) == {sample}
    assert found.edge is not None
    assert recording.steps[0].graph.edge_ops[found.edge] == found.op
    assert set(found.operands) <= probe_of(recording).numbers.keys()


def test_a_mask_of_minus_infinity_is_no_fault(record: Recorder) -> None:
    body = "torch.log(self.a(x).masked_fill(torch.arange(4) == 1, -torch.inf).softmax(-1) * 0 + x[:, :4] * 0)"
    found, made_by = bad(observe(record, body, MEAN, **LAYER))
    assert made_by == "log"


def test_data_that_was_bad_when_it_came(record: Recorder) -> None:
    loss = (
        "net(torch.from_numpy(__import__('numpy').full((16, 8), float('nan'), 'float32'))).mean()"
    )
    recording = observe(record, "self.a(x)", loss, **LAYER)
    found, _ = bad(recording)
    assert found.data
    assert found.edge is not None
    assert not recording.steps[0].graph.into(recording.steps[0].graph.sources[found.edge])


def test_weights_that_the_last_step_spoilt_are_what_the_next_was_given(record: Recorder) -> None:
    recording = observe(record, "torch.log(self.a(x) * 0)", MEAN, **LAYER)
    later = probe_of(recording, 1).bad
    assert later is not None
    assert later.data


def test_gradients_that_half_precision_loses(record: Recorder) -> None:
    recording = observe(
        record,
        "self.b(torch.relu(self.a(x)) * 1e-4).float() * 1e-4",
        "net(torch.randn(16, 8).half()).pow(2).mean()",
        a="nn.Linear(8, 6).half()",
        b="nn.Linear(6, 4).half()",
    )
    case = case_of(recording, "a.weight")
    assert case.gradient is Gradient.ZERO
    probe = probe_of(recording)
    one = death(recording, "a.weight")
    assert probe.flushed[one.edge] > 0.5
    assert not one.symmetric
    value = case.variable.steps[0].value
    assert value is not None
    assert 0 < probe.wider[value] < 1e-6


def test_noise_of_half_precision_is_told_from_a_gradient(record: Recorder) -> None:
    loss = "F.cross_entropy(net(torch.randn(16, 3, 6, 6)), torch.randint(0, 4, (16,)))"
    body = "torch.autocast('cpu', torch.bfloat16)(lambda y: self.n(self.a(y)).relu().mean((2, 3)))(x).float()"
    layers = {"a": "nn.Conv2d(3, 4, 3)", "n": "nn.BatchNorm2d(4)"}
    recording = observe(record, body, loss, **layers)
    one = death(recording, "a.bias")
    assert op(recording, one).name == "conv2d"
    assert case_of(recording, "a.weight").dead_steps == ()


def test_what_cannot_be_run_again_says_why(record: Recorder) -> None:
    layers = {"a": "nn.Linear(8, 4)", "b": "nn.Linear(4, 1)", "c": "torch.zeros(1 << 21)"}
    body = "self.b(torch.relu(self.a(x) - 100)) + self.c.add_(1)[:1]"
    recording = observe(record, body, MEAN, **layers)
    probe = recording.steps[1].probe
    assert probe is not None
    assert probe.failed == "a large tensor that it read was overwritten"
    assert not probe.edges
    value = case_of(recording, "a.weight").variable.steps[1].value
    assert value not in case_of(recording, "a.weight").run.deaths[1]


@pytest.mark.filterwarnings("ignore:.*jit.script:DeprecationWarning")
def test_of_what_was_not_measured_nothing_is_said(record: Recorder) -> None:
    layers = {"a": "nn.Linear(8, 4)", "b": "torch.jit.script(nn.Linear(4, 1))"}
    recording = observe(record, "self.b(torch.relu(self.a(x) - 100))", MEAN, **layers)
    case = case_of(recording, "a.weight")
    assert (case.dead_steps, case.deaths) == ((0, 1, 2), ())
