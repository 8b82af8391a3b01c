"""Random little torch programs: a pool of vectors, and steps that make one more of two of them."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

WIDTH = 4


class Halved(torch.autograd.Function):
    """Gradient for the first argument, None for the second."""

    @staticmethod
    def forward(ctx, a, b):
        return a * 0.5 + b

    @staticmethod
    def backward(ctx, g):
        return g * 0.5, None


class Both(torch.autograd.Function):
    """Gradient for both."""

    @staticmethod
    def forward(ctx, a, b):
        ctx.save_for_backward(a, b)
        return a * b

    @staticmethod
    def backward(ctx, g):
        a, b = ctx.saved_tensors
        return g * b, g * a


def with_captured(a: Tensor, b: Tensor) -> Tensor:
    """A custom function that reads `b` without being given it."""

    class Captures(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x + b.sum()

        @staticmethod
        def backward(ctx, g):
            return g

    return Captures.apply(a)


def under_no_grad(a: Tensor, b: Tensor) -> Tensor:
    with torch.no_grad():
        return a * b + 1.0


@torch.no_grad()
def decorated(a: Tensor, b: Tensor) -> Tensor:
    return (a - b).sin()


def nested(a: Tensor, b: Tensor) -> Tensor:
    with torch.no_grad():
        hidden = a.cos()
        with torch.enable_grad():
            shown = b.sin()
        hidden = hidden + shown
    return hidden + shown


def switched_off(a: Tensor, b: Tensor) -> Tensor:
    torch.set_grad_enabled(False)
    out = a + b
    torch.set_grad_enabled(True)
    return out


def set_item(a: Tensor, b: Tensor) -> Tensor:
    out = a.clone()
    out[0] = b[1]
    return out


def in_place(a: Tensor, b: Tensor) -> Tensor:
    out = a.clone()
    out.add_(b)
    return out


def written_through_view(a: Tensor, b: Tensor) -> Tensor:
    out = a.clone()
    out[1:3].mul_(b[1:3])
    return out


def written_through_data(a: Tensor, b: Tensor) -> Tensor:
    out = a.clone()
    out.data.add_(b)
    return out


def written_without_grad(a: Tensor, b: Tensor) -> Tensor:
    out = a.clone()
    with torch.no_grad():
        out.add_(b)
    return out


def base_of_view_written(a: Tensor, b: Tensor) -> Tensor:
    base = a.clone()
    view = base.view(2, 2)
    base.add_(b)
    return view.reshape(WIDTH)


def copied_into(a: Tensor, b: Tensor) -> Tensor:
    out = torch.zeros(WIDTH, dtype=a.dtype)
    out.copy_(a)
    out[2:].copy_(b[2:])
    return out


def overwritten(a: Tensor, b: Tensor) -> Tensor:
    out = a.detach().clone()
    out.copy_(b)
    return out


def detached_in_place(a: Tensor, b: Tensor) -> Tensor:
    out = a * b
    out.detach_()
    return out


def made_a_leaf(a: Tensor, b: Tensor) -> Tensor:
    out = (a + b).detach()
    out.requires_grad_()
    return out


def flagged_a_leaf(a: Tensor, b: Tensor) -> Tensor:
    with torch.no_grad():
        out = a + b
    out.requires_grad = True
    return out * 2


def through_a_list(a: Tensor, b: Tensor) -> Tensor:
    return torch.tensor((a * b).tolist(), dtype=a.dtype)


def through_numpy(a: Tensor, b: Tensor) -> Tensor:
    return torch.from_numpy(np.tanh((a + b).detach().numpy()))


def shares_numpy(a: Tensor, b: Tensor) -> Tensor:
    array = (a - b).detach().numpy()
    return torch.from_numpy(array)


def numpy_function(a: Tensor, b: Tensor) -> Tensor:
    return torch.as_tensor(np.sin(a.detach() * b.detach()))


def through_out(a: Tensor, b: Tensor) -> Tensor:
    out = torch.empty(WIDTH, dtype=a.dtype)
    torch.add(a.detach(), b.detach(), out=out)
    return out


def one_of_two(a: Tensor, b: Tensor) -> Tensor:
    parts = torch.cat([a, b]).chunk(2)
    return parts[0]


def used_a_row(a: Tensor, b: Tensor) -> Tensor:
    table = torch.stack([a, b, a + b, b - a])
    return F.embedding(b.argmax(), table)


def reentrant(a: Tensor, b: Tensor) -> Tensor:
    return checkpoint(lambda x: (x * b).tanh(), a, use_reentrant=True)


def reentrant_with_cut(a: Tensor, b: Tensor) -> Tensor:
    return checkpoint(lambda x: x.sin() + b.detach().cos(), a, use_reentrant=True)


def not_reentrant(a: Tensor, b: Tensor) -> Tensor:
    return checkpoint(lambda x: (x * b).tanh(), a, use_reentrant=False)


def mapped(a: Tensor, b: Tensor) -> Tensor:
    return torch.vmap(lambda x, y: x * y + x.detach())(a, b)


def relu_in_place(a: Tensor, b: Tensor) -> Tensor:
    return F.relu(a - b, inplace=True) + a


def rebound(a: Tensor, b: Tensor) -> Tensor:
    out = a * 1.0
    out.data = b * 2.0
    return out


STEPS: Sequence[Callable[[Tensor, Tensor], Tensor]] = (
    torch.add,
    torch.mul,
    lambda a, b: a.tanh() - b,
    lambda a, b: (a @ b).expand(WIDTH),
    lambda a, b: a.exp().clamp(max=2.0),
    lambda a, b: a.detach(),
    lambda a, b: a.data * b,
    lambda a, b: a + (b - a).detach(),
    lambda a, b: torch.where(a > 0, a, b),
    lambda a, b: torch.where(b > 0, a, a * 2),
    lambda a, b: torch.maximum(a, b),
    lambda a, b: a.max().expand(WIDTH) + b.topk(WIDTH).indices,
    lambda a, b: a.sort().values,
    lambda a, b: a.topk(WIDTH).values * (b > 0.1),
    lambda a, b: F.one_hot(a.argmax(), WIDTH) * b,
    lambda a, b: a[b.argsort()],
    lambda a, b: a.round() + 1,
    lambda a, b: (a * 3).floor() * b,
    lambda a, b: (a * 100).long().to(a.dtype),
    lambda a, b: torch.sign(a),
    lambda a, b: torch.tensor(a) + b,
    lambda a, b: nn.Parameter(a * b),
    lambda a, b: torch.autograd.Variable(a + b),
    lambda a, b: a * b[0].item(),
    lambda a, b: a + float(b.sum()),
    lambda a, b: copy.deepcopy(a.detach()) + b.clone(),
    lambda a, b: F.mse_loss(a, b).expand(WIDTH),
    lambda a, b: F.normalize(a, dim=0) + F.cosine_similarity(a, b, dim=0),
    lambda a, b: F.gumbel_softmax(a * 0, hard=False) * 0 + b,
    lambda a, b: torch.zeros_like(a) + b,
    lambda a, b: a.new_full((WIDTH,), 0.5) * b,
    lambda a, b: a.to(torch.float32).to(a.dtype),
    lambda a, b: a.view_as(b).expand_as(b),
    lambda a, b: torch.func.grad(lambda x: (x * x * b).sum())(a),
    lambda a, b: Halved.apply(a, b),
    lambda a, b: Both.apply(a, b),
    with_captured,
    under_no_grad,
    decorated,
    nested,
    switched_off,
    set_item,
    in_place,
    written_through_view,
    written_through_data,
    written_without_grad,
    base_of_view_written,
    copied_into,
    overwritten,
    detached_in_place,
    made_a_leaf,
    flagged_a_leaf,
    through_a_list,
    through_numpy,
    shares_numpy,
    numpy_function,
    through_out,
    one_of_two,
    used_a_row,
    reentrant,
    reentrant_with_cut,
    not_reentrant,
    mapped,
    relu_in_place,
    rebound,
)

ZERO_GRADIENT = frozenset(("round", "floor", "sign"))
"""Ops that autograd differentiates to exact zeros; the graph calls them not differentiable."""

Program = Sequence[tuple[int, int, int]]


def run(program: Program, leaves: Sequence[Tensor]) -> Tensor:
    """Run a program; the loss is made of the last two vectors."""
    pool: list[Tensor] = list(leaves)
    for step, first, second in program:
        a = pool[-1 - first % len(pool)]
        b = pool[-1 - second % len(pool)]
        pool.append(STEPS[step % len(STEPS)](a, b))
    return (pool[-1] + pool[-2].square()).sum()
