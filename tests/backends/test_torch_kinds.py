"""The kind of an op, as a recorded step of torch has it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from tests.backends.torch_flow import see  # noqa: E402
from whygrad.flow.kinds import Kind  # noqa: E402

F, nn = torch.nn.functional, torch.nn

CALLS: list[tuple[Kind, Callable[[Any], Any]]] = [
    (Kind.RECTIFIER, F.relu),
    (Kind.RECTIFIER, lambda x: x.relu()),
    (Kind.RECTIFIER, nn.GELU()),
    (Kind.RECTIFIER, lambda x: x.clamp_min(0)),
    (Kind.SQUASH, nn.Sigmoid()),
    (Kind.SQUASH, nn.ReLU6()),
    (Kind.CLAMP, lambda x: torch.clamp(x, -1, 1)),
    (Kind.SOFTMAX, nn.LogSoftmax(-1)),
    (Kind.SOFTMAX, lambda x: F.scaled_dot_product_attention(x, x, x)),
    (Kind.SOFTMAX, lambda x: nn.MultiheadAttention(4, 2)(x, x, x)[0]),
    (Kind.PRODUCT, lambda x: x * 2),
    (Kind.CONTRACTION, lambda x: x @ x.T),
    (Kind.CONTRACTION, nn.Linear(4, 4)),
    (Kind.CONTRACTION, lambda x: F.conv2d(x[None, None], torch.ones(1, 1, 2, 2))),
    (Kind.DROPOUT, nn.Dropout(1.0)),
    (Kind.NORMALIZATION, nn.LayerNorm(4)),
    (Kind.NORMALIZATION, nn.BatchNorm1d(4)),
    (Kind.DIFFERENCE, lambda x: 1 - x),
    (Kind.SUM, lambda x: x + 1),
    (Kind.SELECTION, lambda x: torch.where(x > 0, x, 0.0)),
    (Kind.SELECTION, lambda x: x.masked_fill(x > 0, 0.0)),
    (Kind.SELECTION, lambda x: x[0]),
    (Kind.REDUCTION, lambda x: x.mean()),
    (Kind.LOOKUP, lambda x: F.embedding(torch.tensor([0, 1]), x)),
    (Kind.LOG, torch.log),
    (Kind.ROOT, torch.sqrt),
    (Kind.ROOT, lambda x: torch.cdist(x, x)),
    (Kind.POWER, lambda x: x**2),
    (Kind.DIVISION, lambda x: 1 / x),
    (Kind.EXPONENTIAL, torch.exp),
    (Kind.INVERSE, torch.acos),
    (Kind.LOSS, lambda x: F.cross_entropy(x, torch.zeros(4, dtype=torch.long))),
    (Kind.LOSS, lambda x: F.mse_loss(x, x * 0)),
    (Kind.OTHER, lambda x: x.view(-1)),
]


@pytest.mark.parametrize(("kind", "call"), CALLS)
def test_the_last_op_has_its_kind(kind: Kind, call: Callable[[Any], Any]) -> None:
    x = torch.rand(4, 4, requires_grad=True)
    seen = see(lambda: call(x), backward=False, x=x)
    made_by = {
        seen.graph.targets[e]: seen.graph.edge_ops[e] for e in range(len(seen.graph.targets))
    }
    assert seen.graph.ops[made_by[seen.graph.losses[0]]].kind is kind
