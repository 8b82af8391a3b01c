"""Autograd functions of one's own: an input whose gradient is always None gets nothing."""

from __future__ import annotations

import pytest

from whygrad.diagnosis.in_source import findings_in
from whygrad.source.project.project import project_of

TEXT = """\
import torch
from torch import nn
from torch.nn import functional as F

class Scale(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, weight, steps):
        ctx.save_for_backward(x, weight)
        return x * weight

    @staticmethod
    def backward(ctx, grad):
        x, weight = ctx.saved_tensors
        return grad * weight, (grad * x).sum(0), None

scale = Scale.apply

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(4))
        self.out = nn.Linear(4, 1)

    def forward(self, x):
        return self.out(Scale.apply(x, self.weight, 3))

net = Net()
optimizer = torch.optim.Adam(net.parameters())
for _ in range(3):
    loss = F.mse_loss(net(torch.randn(2, 4)), torch.zeros(2, 1))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
GIVES = "return grad * weight, (grad * x).sum(0), None"


def told(text: str) -> list[tuple[str, tuple[str, ...], str]]:
    found = findings_in(project_of({"/p/train.py": text}))
    return [(f.cause, f.variables, f.location.source) for f in found if f.location is not None]


@pytest.mark.parametrize("call", ["Scale.apply(x, self.weight, 3)", "scale(x, self.weight, 3)"])
def test_an_input_that_always_gets_none_is_told(call: str) -> None:
    text = TEXT.replace("Scale.apply(x, self.weight, 3)", call)
    assert told(text) == []
    broken = text.replace(GIVES, "return grad * weight, None, None")
    assert told(broken) == [("custom-gradient", ("self.weight",), call)]


@pytest.mark.parametrize(
    "backward",
    [
        "grad_weight = None\n        if ctx.needs_input_grad[1]:\n"
        "            grad_weight = (grad * x).sum(0)\n"
        "        return grad * weight, grad_weight, None",
        "if not ctx.needs_input_grad[1]:\n            return grad * weight, None, None\n"
        "        return grad * weight, (grad * x).sum(0), None",
        "return (grad * weight, *helper(grad, x))",
        "return helper(grad, x, weight)",
    ],
)
def test_one_that_may_get_some_is_silence(backward: str) -> None:
    assert told(TEXT.replace(GIVES, backward)) == []


def test_a_gradient_that_comes_another_way_is_silence() -> None:
    text = TEXT.replace(GIVES, "return grad * weight, None, None")
    assert told(text.replace("3))\n", "3) + x * self.weight)\n")) == []


def test_functions_with_a_context_apart() -> None:
    text = TEXT.replace(
        "forward(ctx, x, weight, steps):\n        ctx", "forward(x, weight, steps):\n        id"
    )
    text = text.replace("id.save_for_backward(x, weight)\n", "").replace(
        "    @staticmethod\n    def backward",
        "    @staticmethod\n    def setup_context(ctx, inputs, output):\n"
        "        ctx.save_for_backward(*inputs[:2])\n\n    @staticmethod\n    def backward",
    )
    assert told(text) == []
    broken = text.replace(GIVES, "return grad * weight, None, None")
    assert [cause for cause, _, _ in told(broken)] == ["custom-gradient"]
