"""Gradients and movement, measured exactly and without a trace."""

from __future__ import annotations

import math
import warnings

import pytest
import torch
from torch import nn

from tests.backends.recorded import Recorder, record, variables
from whygrad.backends.torch import gradients
from whygrad.backends.torch.gradients import COPIED_WHOLE, before_step, measure, norms, quiet
from whygrad.model.report import Gradient

__all__ = ["record"]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.float16, torch.bfloat16])
def test_every_kind_of_gradient(dtype: torch.dtype) -> None:
    nan, inf = float("nan"), float("inf")
    given = [
        None,
        torch.zeros(3, dtype=dtype),
        torch.tensor([3.0, 4.0], dtype=dtype),
        torch.tensor([1.0, nan], dtype=dtype),
        torch.tensor([inf, 1.0], dtype=dtype),
        torch.tensor([inf, nan], dtype=dtype),
        torch.zeros(0, dtype=dtype),
    ]
    found = measure(given)
    assert [m.kind for m in found] == [
        Gradient.NONE,
        Gradient.ZERO,
        Gradient.FINITE,
        Gradient.NAN,
        Gradient.INF,
        Gradient.NAN,
        Gradient.ZERO,
    ]
    assert [m.norm for m in found] == [None, 0.0, 5.0, None, None, None, 0.0]


@pytest.mark.parametrize("size", [1e-30, 1e-40, 1e30])
def test_a_square_that_vanishes_or_overflows_is_not_the_gradient(size: float) -> None:
    (found,) = measure([torch.full((4,), size)])
    assert found.kind is Gradient.FINITE
    assert found.norm == pytest.approx(2 * size, rel=1e-4)


def test_half_precision_does_not_overflow_in_the_norm() -> None:
    assert norms([torch.full((400,), 6e4, dtype=torch.float16)]) == [pytest.approx(1.2e6, rel=1e-3)]


def test_sparse_and_complex_gradients() -> None:
    table = nn.Embedding(5, 2, sparse=True)
    table(torch.tensor([1, 1, 3])).sum().backward()
    weight = torch.tensor([3j, 4.0])
    found = measure([table.weight.grad, weight])
    assert found[0].norm == pytest.approx(math.sqrt(4 + 4 + 1 + 1))
    assert found[1] == (Gradient.FINITE, 5.0)


def test_the_smallest_movement_is_movement() -> None:
    small, large = torch.zeros(3), torch.ones(COPIED_WHOLE * 2)
    for tensor in (small, large):
        before = before_step([tensor], [True])
        assert before.compare()[0].moved is False
        tensor[1] = torch.nextafter(tensor[1], torch.tensor(9.0))
        assert before.compare()[0].moved is True


def test_a_swap_in_a_large_tensor_is_movement() -> None:
    large = torch.arange(COPIED_WHOLE * 2, dtype=torch.float32)
    before = before_step([large], [True])
    large[7], large[8] = large[8].clone(), large[7].clone()
    assert before.compare()[0].moved is True


def test_a_sample_proves_movement_and_nothing_else() -> None:
    large = torch.ones(COPIED_WHOLE * 2)
    before = before_step([large], [False])
    assert before.compare()[0].moved is None
    large += 1
    assert before.compare()[0].moved is True


def test_nan_that_stays_has_not_moved() -> None:
    stuck = torch.tensor([float("nan"), 1.0])
    before = before_step([stuck], [True])
    assert before.compare()[0].moved is False
    stuck[1] = 2
    assert before.compare()[0].moved is True


def test_measuring_is_invisible() -> None:
    class Spy(torch.overrides.TorchFunctionMode):
        def __torch_function__(self, func, types, args=(), kwargs=None):  # type: ignore[no-untyped-def]
            raise AssertionError(func)

    weight = nn.Parameter(torch.ones(3))
    weight.grad = torch.ones(3)
    state = torch.get_rng_state()
    version = weight._version
    with Spy(), quiet():
        measure([weight.grad])
        before_step([weight], [True]).compare()
        gradients.norms([weight])
    assert torch.equal(state, torch.get_rng_state())
    assert weight._version == version


def test_weight_decay_moves_what_has_no_gradient_worth_the_name(record: Recorder) -> None:
    program = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(2, 2), nn.Linear(2, 2)
    def forward(self, x):
        return self.a(x) + 0 * self.b(x)
model = Net()
optimizer = torch.optim.AdamW(model.parameters(), lr=0.1)
for _ in range(4):
    optimizer.zero_grad()
    model(torch.ones(1, 2)).sum().backward()
    optimizer.step()
"""
    found = variables(record(program))
    assert found["model.b.weight"].steps[0].gradient is Gradient.ZERO
    assert found["model.b.weight"].steps[0].moved is True
    assert found["model.a.weight"].steps[0].gradient_norm == pytest.approx(2.0)
    assert found["model.a.weight"].steps[0].weight_norm is not None


def test_a_step_too_small_for_the_dtype_does_not_move(record: Recorder) -> None:
    program = """
model = nn.Linear(2, 1).to(torch.bfloat16)
with torch.no_grad():
    model.weight.fill_(256.0)
optimizer = torch.optim.SGD(model.parameters(), lr=1e-3)
for _ in range(4):
    optimizer.zero_grad()
    model(torch.ones(1, 2, dtype=torch.bfloat16)).sum().backward()
    optimizer.step()
"""
    seen = variables(record(program))["model.weight"].steps
    assert [s.gradient for s in seen] == [Gradient.FINITE] * 3
    assert [s.moved for s in seen] == [False] * 3
    assert all(s.weight_norm == pytest.approx(362.0, rel=1e-2) for s in seen)
    assert [s.update_norm for s in seen] == [0.0] * 3


def test_a_large_weight_that_stays_is_known_for_sure_from_the_second_step(
    record: Recorder,
) -> None:
    program = """
table = nn.Embedding(40_000, 4)
optimizer = torch.optim.SGD(table.parameters(), lr=0.1)
for _ in range(4):
    optimizer.zero_grad()
    table(torch.tensor([3])).sum().backward()
    optimizer.step()
"""
    seen = variables(record(program))["table.weight"].steps
    assert [s.moved for s in seen][1:] == [True, True]
    assert seen[0].moved in (None, True)


def test_an_average_kept_by_hand_moves(record: Recorder) -> None:
    program = """
import copy
model = nn.Linear(2, 2)
teacher = copy.deepcopy(model).requires_grad_(False)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for _ in range(5):
    optimizer.zero_grad()
    x = torch.ones(1, 2)
    (model(x) - teacher(x) - 1).pow(2).sum().backward()
    optimizer.step()
    with torch.no_grad():
        for t, p in zip(teacher.parameters(), model.parameters()):
            t.mul_(0.9).add_(p, alpha=0.1)
"""
    seen = variables(record(program))["teacher.weight"]
    assert not seen.trainable
    assert [s.moved for s in seen.steps] == [True, True, None]


def test_no_warning_for_the_grad_of_a_non_leaf(record: Recorder) -> None:
    program = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 2)
        self.w = nn.Parameter(torch.ones(2))[None]
    def forward(self, x):
        return self.fc(x) * self.w
model = Net()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for _ in range(4):
    optimizer.zero_grad()
    model(torch.ones(1, 2)).sum().backward()
    optimizer.step()
"""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = variables(record(program))
    assert not found["model.w"].leaf
    assert found["model.w"].steps[0].gradient is Gradient.NONE


def test_the_size_of_an_update_is_known_from_an_even_sample(record: Recorder) -> None:
    recording = record(
        """
torch.manual_seed(0)
model = nn.Sequential(nn.Embedding(5000, 64), nn.Linear(64, 512), nn.Linear(512, 4, bias=False))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for _ in range(3):
    optimizer.zero_grad()
    model(torch.tensor([1, 2])).square().sum().backward()
    weight, gradient = model[1].weight.detach(), model[1].weight.grad
    ratio = float(gradient.norm() / weight.norm()) * 0.1
    optimizer.step()
""",
        stop=False,
    )
    found = variables(recording)
    last = found["model.1.weight"].steps[-1]
    assert last.update_norm is None
    assert last.update_ratio == pytest.approx(record.namespace["ratio"], rel=0.2)
    assert [s.weight_norm is not None for s in found["model.1.weight"].steps] == [True] * 3
    # Two rows of five thousand moved: no sample says how much that is of the whole.
    assert found["model.0.weight"].steps[-1].update_ratio is None
    assert found["model.2.weight"].steps[-1].update_norm is not None


def test_tensors_without_memory_are_not_read() -> None:
    # FSDP frees the gathered parameters between their uses and keeps the tensors.
    gone, freed_later = torch.ones(4), torch.ones(4)
    large = torch.ones(COPIED_WHOLE + 1)
    gone.untyped_storage().resize_(0)
    before = before_step([gone, freed_later, large, large], [False, False, True, False])
    for tensor in (freed_later, large):
        tensor.untyped_storage().resize_(0)
    assert {moved.moved for moved in before.compare()} == {None}
    assert measure([gone]) == [gradients.ABSENT]
