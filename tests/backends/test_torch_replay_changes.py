"""Each change of a replay does what it says: what is opened carries, what is sick is well."""

from __future__ import annotations

import copy
import math
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import torch.nn.functional as F  # noqa: E402, N812
from torch import nn  # noqa: E402

from tests.backends.replayed import Kept, keep  # noqa: E402
from whygrad.flow.replaying import Change, ChangeKind  # noqa: E402


@pytest.fixture(autouse=True)
def _seeded() -> None:
    torch.manual_seed(0)


@pytest.fixture
def w() -> Any:
    return nn.Parameter(torch.randn(4, 4))


@pytest.fixture
def b() -> Any:
    return nn.Parameter(torch.ones(4))


class Nothing(torch.autograd.Function):
    """Its backward gives None."""

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        return x * 2

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        return None


def _no_grad(w: Any, b: Any) -> Any:
    with torch.no_grad():
        h = (w * 2).tanh()
    return h + b


@torch.no_grad()
def _decorated(w: Any) -> Any:
    return (w * 2).tanh()


def _detached_in_place(w: Any, b: Any) -> Any:
    h = w * 2
    h.detach_()
    return h + b


def _loss_made_a_leaf(w: Any, b: Any) -> Any:
    with torch.no_grad():
        loss = (w * 2).square().sum()
    loss.requires_grad = True
    return loss


def _zeroing_hook(w: Any, b: Any) -> Any:
    h = w * 2
    h.register_hook(torch.zeros_like)
    return h + b


def _written_through_data(w: Any, b: Any) -> Any:
    z = torch.zeros(4, 4)
    z.data.add_(w * 1)
    return z + b


def _gradient_without_graph(w: Any, b: Any) -> Any:
    x = torch.randn(3, 4, requires_grad=True)
    (g,) = torch.autograd.grad((x @ w).tanh().sum(), x)
    return g.norm(dim=1).mean() + b.sum()


CUTS = {
    "detach": lambda w, b: w.detach() * 2 + b,
    "data": lambda w, b: (w * 3).data * 2 + b,
    "detach_": _detached_in_place,
    "no_grad": _no_grad,
    "no_grad decorator": lambda w, b: _decorated(w) + b,
    "item": lambda w, b: b * w.mean().item(),
    "item in a loop": lambda w, b: sum(b * row.sum().item() for row in w),
    "numpy": lambda w, b: torch.from_numpy(np.tanh(w.detach().numpy())) + b,
    "tolist": lambda w, b: torch.tensor((w * 2).tolist()) + b,
    "torch.tensor": lambda w, b: torch.tensor(w * 2) + b,
    "nn.Parameter": lambda w, b: nn.Parameter(w * 2) + b,
    "deepcopy": lambda w, b: copy.deepcopy(w) * b,
    "argmax": lambda w, b: F.one_hot((w * 2).argmax(1), 4).float() * b,
    "index": lambda w, b: F.embedding((w * 2).argmax(1), b.expand(4, 4) * 1),
    "comparison": lambda w, b: (w > 0).float() * b,
    "round": lambda w, b: w.round() * b,
    "long": lambda w, b: (w * 5).long() * b,
    "where": lambda w, b: torch.where(w > 0, b, 2 * b),
    "sampling": lambda w, b: torch.distributions.Normal(w, 1.0).sample() * b,
    "custom": lambda w, b: Nothing.apply(w) + b,
    "hook": _zeroing_hook,
    "made a leaf": _loss_made_a_leaf,
    "written through data": _written_through_data,
    "gradient without a graph": _gradient_without_graph,
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", CUTS)
def test_what_is_opened_carries(name: str, w: Any, b: Any) -> None:
    kept = keep(lambda: CUTS[name](w, b).square().sum(), [w, b])
    assert w.grad is None or not w.grad.any()
    data, version = w.detach().clone(), w._version
    gradient = kept.opened()
    assert gradient is not None
    assert gradient.shape == w.shape
    assert gradient.isfinite().all()
    assert gradient.any()
    assert torch.equal(w, data)
    assert w._version == version


def test_opening_changes_no_number_of_the_forward(w: Any, b: Any) -> None:
    kept = keep(lambda: (w.round() * b + w.detach() * w[0].mean().item()).sum(), [w, b])
    edges = tuple(i for i, barrier in enumerate(kept.graph.barriers) if barrier)
    plain, opened = kept.changed(), kept.changed(Change(ChangeKind.OPEN, edges))
    assert torch.equal(plain.losses[0], opened.losses[0])


def test_one_line_in_a_loop_is_opened_as_a_whole(w: Any) -> None:
    def body() -> Any:
        total = torch.zeros(())
        for row in w:
            total = total + row.detach().sum()
        return total + w.sum() * 0

    kept = keep(body, [w])
    cut = [i for i, barrier in enumerate(kept.graph.barriers) if barrier]
    (gradient,) = kept.gradients(Change(ChangeKind.OPEN, (cut[-1],)))
    assert torch.equal(gradient, torch.ones(4, 4))


def changed(kept: Kept, kind: ChangeKind, name: str) -> Any:
    edges = tuple(e for e, op in enumerate(kept.graph.edge_ops) if kept.graph.ops[op].name == name)
    assert edges
    return kept.gradients(Change(kind, edges))[0]


DEAD = {
    "relu": lambda w: F.relu(w - 100),
    "sigmoid": lambda w: torch.sigmoid(w + 1e4),
    "mul": lambda w: w * torch.zeros(4),
    "clamp": lambda w: (w * 100).clamp(-1e-6, 1e-6),
    "dropout": lambda w: F.dropout(w, 1.0),
    "masked_fill": lambda w: w.masked_fill(torch.ones(4, 4) > 0, 0.0),
}


@pytest.mark.parametrize("name", DEAD)
def test_what_is_revived_learns(name: str, w: Any) -> None:
    kept = keep(lambda: DEAD[name](w).sum(), [w])
    assert not w.grad.any()
    assert changed(kept, ChangeKind.REVIVE, name).any()


def test_a_number_that_is_zero_is_revived(w: Any) -> None:
    kept = keep(lambda: (w * 0.0).sum(), [w])
    assert changed(kept, ChangeKind.REVIVE, "mul").any()


def test_an_op_is_left_out_of_the_backward_pass(w: Any) -> None:
    kept = keep(lambda: F.softmax(w.view(16, 1), 1).square().sum(), [w])
    assert not w.grad.any()
    came = changed(kept, ChangeKind.BYPASS, "softmax")
    # Unevenly, for softmax and normalizations: one in front would hold back what is even.
    assert bool(((came >= 1.0) & (came <= 3.0)).all())
    assert came.std() > 0.1
    kept = keep(lambda: (w * 0).sum(), [w])
    assert torch.equal(changed(kept, ChangeKind.BYPASS, "mul"), torch.ones(4, 4))


def test_a_normalization_in_front_of_one_left_out_lets_gradient_through(w: Any) -> None:
    kept = keep(lambda: F.layer_norm(F.layer_norm(w, (4,)), (4,)).mean(), [w])
    assert w.grad.norm() < 1e-6
    graph = kept.graph
    last = max(n for n, op in enumerate(graph.ops) if op.name == "layer_norm")
    edges = tuple(e for e, op in enumerate(graph.edge_ops) if op == last)
    assert kept.gradients(Change(ChangeKind.BYPASS, edges))[0].norm() > 1e-3


SICK = {
    "sqrt": lambda w: torch.sqrt(w * 0),
    "truediv": lambda w: w / (w * 0),
    "log": lambda w: torch.log(w * 0) * 0,
    "acos": lambda w: torch.acos(w / w),
    "softmax": lambda w: F.softmax(w + torch.full((4, 4), -math.inf), 1),
    "linalg_svd": lambda w: torch.linalg.svd(w * 0 + torch.eye(4))[0],
    "linalg_eigh": lambda w: torch.linalg.eigh((w + w.t()) * 0 + torch.eye(4))[1],
    "logdet": lambda w: torch.logdet(w * 0),
}


@pytest.mark.parametrize("name", SICK)
def test_what_is_made_safe_is_finite(name: str, w: Any) -> None:
    kept = keep(lambda: SICK[name](w).sum(), [w])
    assert not w.grad.isfinite().all()
    names = {kept.graph.ops[op].name for op in kept.graph.edge_ops}
    assert changed(kept, ChangeKind.SAFE, name if name in names else "div").isfinite().all()


def test_values_are_asked_for_gradient() -> None:
    w = nn.Parameter(torch.randn(4, 4))
    frozen, whole = torch.randn(4, 4), torch.randint(1, 4, (4, 4))
    kept = keep(lambda: ((frozen * whole) @ w).square().sum(), [w, frozen, whole])
    _, ours, numbers = kept.gradients(
        Change(ChangeKind.ASK, values=(kept.values[1], kept.values[2]))
    )
    assert ours.any()
    assert numbers.any()
    assert not frozen.requires_grad
    assert frozen.grad is None


def test_values_are_shifted_a_little(w: Any) -> None:
    kept = keep(lambda: w.square().sum(), [w])
    before = w.detach().clone()
    (loss,) = kept.changed(Change(ChangeKind.SHIFT, values=(kept.values[0],))).losses
    assert float(loss) != pytest.approx(float(before.square().sum()), rel=1e-6)
    assert float(loss) == pytest.approx(float(before.square().sum()), rel=0.1)
    assert torch.equal(w, before)


def test_a_wider_run_sees_what_half_precision_loses() -> None:
    h = nn.Parameter(torch.full((4,), 1e-3).half())
    kept = keep(lambda: (h * 1e-4).square().sum(), [h])
    assert not h.grad.any()
    (gradient,) = kept.gradients(Change(ChangeKind.WIDEN))
    assert gradient.dtype is torch.float32
    assert gradient.all()


def test_a_wider_run_does_without_autocast(w: Any) -> None:
    def body() -> Any:
        with torch.autocast("cpu", torch.bfloat16):
            return F.linear(w, w).sum()

    kept = keep(body, [w])
    (gradient,) = kept.gradients(Change(ChangeKind.WIDEN))
    copied = w.detach().double().requires_grad_()
    F.linear(copied, copied).sum().backward()
    torch.testing.assert_close(gradient, copied.grad)
