"""Random little torch programs in which gradient may die: every tensor of a program is listed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

ROWS, WIDTH = 3, 4
Leaves = Sequence[Tensor]
Step = Callable[[Tensor, Tensor, Leaves], list[Tensor]]
"""Makes tensors out of two and the variables; the last goes on."""


def simple(call: Callable[[Tensor], Tensor]) -> Step:
    return lambda a, b, p: [call(a)]


def shifted(by: float, call: Callable[[Tensor], Tensor]) -> Step:
    def step(a: Tensor, b: Tensor, p: Leaves) -> list[Tensor]:
        far = a + by
        return [far, call(far)]

    return step


def constant(a: Tensor, *numbers: float) -> Tensor:
    return torch.tensor(numbers, dtype=a.dtype)


def of_one_entry(a: Tensor, b: Tensor, p: Leaves) -> list[Tensor]:
    first = a[:, :1]
    alone = first.softmax(-1)
    return [first, alone, alone.expand(ROWS, WIDTH)]


def norm_of_one(a: Tensor, b: Tensor, p: Leaves) -> list[Tensor]:
    first = a[:, :1]
    alone = F.layer_norm(first, (1,))
    return [first, alone, alone + b.detach()]


def halves(a: Tensor, b: Tensor, p: Leaves) -> list[Tensor]:
    left, right = a.chunk(2, -1)
    flat = torch.relu(left - 90)
    return [left, right, flat, torch.cat([right, flat], -1)]


def centred(a: Tensor, b: Tensor, p: Leaves) -> list[Tensor]:
    mean = a.mean(0)
    return [mean, a - mean]


def written(a: Tensor, b: Tensor, p: Leaves) -> list[Tensor]:
    copy = a * 1.0
    copy.mul_(constant(a, 0, 1, 0, 2))
    return [copy]


def mean_of_softmax(a: Tensor, b: Tensor, p: Leaves) -> list[Tensor]:
    soft = a.softmax(-1)
    mean = soft.mean(-1, keepdim=True)
    return [soft, mean, mean + 0 * b.detach()]


def attended(a: Tensor, b: Tensor, p: Leaves) -> list[Tensor]:
    keys = b + p[1]
    scores = a @ keys.T
    weights = scores.softmax(-1)
    return [keys, scores, weights, weights @ b]


def difference(a: Tensor, b: Tensor, p: Leaves) -> list[Tensor]:
    one, other = a + p[1], b.sin() + p[1]
    return [one, other, one - other]


STEPS: list[Step] = [
    lambda a, b, p: [a + b],
    lambda a, b, p: [a * b],
    lambda a, b, p: [a - b],
    lambda a, b, p: [a @ p[2]],
    lambda a, b, p: [a * p[0]],
    lambda a, b, p: [a + p[1]],
    lambda a, b, p: [b + a.detach()],
    lambda a, b, p: [torch.where(a > 0, a, b)],
    lambda a, b, p: [torch.where(a > 99, a, b)],
    simple(torch.relu),
    simple(torch.tanh),
    simple(lambda a: a.softmax(-1)),
    simple(lambda a: a.softmax(0)),
    simple(lambda a: F.layer_norm(a, (WIDTH,))),
    simple(lambda a: F.batch_norm(a, None, None, training=True)),
    simple(lambda a: a * constant(a, 0, 1, 0, 1)),
    simple(lambda a: a * constant(a, 1, 0, 1, 0)),
    simple(lambda a: a * 0.0),
    simple(lambda a: a.clamp(50, 60)),
    simple(lambda a: a.clamp(-1, 1)),
    simple(lambda a: a.cumsum(-1)),
    simple(lambda a: a.amax(0, keepdim=True).expand(ROWS, WIDTH)),
    simple(lambda a: F.dropout(a, 1.0)),
    simple(lambda a: a.T @ a * constant(a, 1)),
    shifted(-90, torch.relu),
    shifted(900, torch.sigmoid),
    shifted(-900, F.gelu),
    of_one_entry,
    norm_of_one,
    halves,
    centred,
    written,
    mean_of_softmax,
    attended,
    difference,
]

LOSSES: list[Callable[[Tensor, Tensor], Tensor]] = [
    lambda out, r: (out * r).sum(),
    lambda out, r: out.mean(),
    lambda out, r: F.mse_loss(out, r),
    lambda out, r: F.cross_entropy(out, torch.arange(len(out)) % WIDTH),
    lambda out, r: (out - out.mean()).pow(2).mean(),
]

Program = tuple[list[tuple[int, int, int]], int]


def leaves(dtype: torch.dtype = torch.float32) -> list[Tensor]:
    """A scale, a shift, a matrix."""
    made = torch.Generator().manual_seed(7)
    shapes = ((WIDTH,), (WIDTH,), (WIDTH, WIDTH))
    drawn = [torch.randn(shape, generator=made, dtype=torch.float64) for shape in shapes]
    return [one.to(dtype).requires_grad_() for one in drawn]


def given(dtype: torch.dtype = torch.float32) -> tuple[Tensor, Tensor]:
    """The data, and what the outcome is compared with."""
    made = torch.Generator().manual_seed(8)
    data, wanted = torch.randn(2, ROWS, WIDTH, generator=made, dtype=torch.float64)
    return data.to(dtype), wanted.to(dtype)


def run(program: Program, variables: Leaves, start: tuple[Tensor, Tensor]) -> list[Tensor]:
    """Every tensor that the steps make, in order; the last is the loss."""
    steps, loss = program
    data, wanted = start
    pool = [data * variables[0], data + variables[1]]
    every = list(pool)
    for kind, one, other in steps:
        made = STEPS[kind](pool[one % len(pool)], pool[other % len(pool)], variables)
        out = made[-1]
        if out.shape != (ROWS, WIDTH):
            made.append(out[:ROWS])
        every += made
        pool.append(made[-1])
    both = pool[-1] + 0.5 * pool[-2]
    return [*every, both, LOSSES[loss](both, wanted)]
