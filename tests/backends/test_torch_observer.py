"""Observing changes nothing: not the training, not torch, not a script that goes wrong."""

from __future__ import annotations

import gc
import os
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
from torch import nn
from torch.optim.optimizer import _global_optimizer_pre_hooks

from tests.backends.recorded import Recorder, record, variables
from whygrad.backends.torch import BACKEND, assignments
from whygrad.runtime.backend import Observer, Session, StopScript

__all__ = ["record"]

PATCHED: tuple[tuple[Any, str], ...] = (
    (nn.Module, "__init__"),
    (nn.Module, "__call__"),
    (nn.Module, "__setattr__"),
    (nn.Module, "__delattr__"),
    (nn.Module, "__setstate__"),
    (nn.Module, "register_parameter"),
    (nn.Module, "register_buffer"),
    (nn.Module, "add_module"),
    (nn.Module, "zero_grad"),
    (torch.optim.Optimizer, "__init__"),
    (torch.optim.Optimizer, "add_param_group"),
    (torch.optim.Optimizer, "zero_grad"),
    (torch.optim.lr_scheduler.LRScheduler, "step"),
    (torch.amp.GradScaler, "step"),
    (torch.autograd, "backward"),
    (torch.autograd, "grad"),
    (torch.autograd, "_engine_run_backward"),
    (torch.Tensor, "requires_grad_"),
    (torch.Tensor, "backward"),
    (torch, "from_numpy"),
    (torch, "tensor"),
)


@pytest.fixture
def attach() -> Iterator[Callable[..., Observer]]:
    made: list[Observer] = []

    def make(**options: Any) -> Observer:
        made.append(BACKEND.attach(Session(**options)))
        return made[-1]

    yield make
    for observer in made:
        observer.detach()
    assert torch._C._len_torch_function_stack() == 0


def train(steps: int, optimizer: str = "AdamW") -> dict[str, Any]:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(8, 16), nn.Dropout(0.5), nn.BatchNorm1d(16), nn.Linear(16, 2))
    kind = getattr(torch.optim, optimizer)
    opt = kind(model.parameters(), lr=0.01)
    losses = []
    for _ in range(steps):
        opt.zero_grad()
        loss = model(torch.randn(16, 8)).pow(2).mean()
        loss.backward()
        losses.append(loss.item())
        opt.step()
    return {
        "losses": losses,
        "weights": [t.clone() for t in model.state_dict().values()],
        "grads": [p.grad for p in model.parameters()],
        "rng": torch.get_rng_state(),
        "hooks": [len(m._forward_hooks) + len(m._backward_hooks) for m in model.modules()],
        "attributes": [sorted(vars(p)) for p in model.parameters()],
    }


@pytest.mark.parametrize("optimizer", ["SGD", "Adam", "AdamW"])
def test_bit_identical_with_and_without(attach: Any, optimizer: str) -> None:
    plain = train(6, optimizer)
    faults: list[BaseException] = []
    observer = attach(on_fault=faults.append)
    observed = train(6, optimizer)
    assert faults == []
    assert len(observer.recording().steps) == 3
    assert plain["losses"] == observed["losses"]
    for name in ("weights", "grads"):
        assert all(torch.equal(a, b) for a, b in zip(plain[name], observed[name], strict=True))
    assert torch.equal(plain["rng"], observed["rng"])
    assert plain["hooks"] == observed["hooks"]
    assert plain["attributes"] == observed["attributes"]


def test_detach_puts_everything_back(attach: Any) -> None:
    before = {(owner, name): vars(owner).get(name) for owner, name in PATCHED}
    hooks = dict(_global_optimizer_pre_hooks)
    observer = attach()
    assert nn.Module.__setattr__ is not before[nn.Module, "__setattr__"]
    assert torch._C._len_torch_function_stack() == 1
    observer.detach()
    observer.detach()
    assert {(owner, name): vars(owner).get(name) for owner, name in PATCHED} == before
    assert dict(_global_optimizer_pre_hooks) == hooks
    assert torch._C._len_torch_function_stack() == 0


def test_after_the_last_step_all_is_back_by_itself(attach: Any) -> None:
    original = nn.Module.__setattr__
    attach(step_limit=2)
    train(2)
    assert nn.Module.__setattr__ is original
    assert torch._C._len_torch_function_stack() == 0


def test_somebody_elses_patch_on_top_of_ours_survives(attach: Any) -> None:
    observer = attach()
    ours = nn.Module.zero_grad

    def theirs(self: Any, set_to_none: bool = True) -> None:
        ours(self, set_to_none)

    nn.Module.zero_grad = theirs  # type: ignore[method-assign]
    try:
        observer.detach()
        assert nn.Module.zero_grad is theirs
        nn.Linear(1, 1).zero_grad()
    finally:
        nn.Module.zero_grad = ours.__wrapped__  # type: ignore[attr-defined, method-assign]


def test_the_script_is_stopped_at_the_end_of_the_last_step(attach: Any) -> None:
    done: list[int] = []
    attach(step_limit=2, stop_script=True, on_step=done.append)
    with pytest.raises(StopScript):
        train(5)
    assert done == [1, 2]


@pytest.mark.parametrize("where", ["measure", "before_step"])
def test_a_fault_of_ours_is_told_and_the_script_runs_on(
    attach: Any, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    plain = train(5)

    def broken(*args: Any) -> Any:
        raise ZeroDivisionError

    from whygrad.backends.torch import current

    monkeypatch.setattr(current, where, broken)
    faults: list[BaseException] = []
    observer = attach(on_fault=faults.append)
    assert train(5)["losses"] == plain["losses"]
    assert [type(f) for f in faults] == [ZeroDivisionError]
    assert torch._C._len_torch_function_stack() == 0
    assert observer.recording().steps == ()


def test_a_fault_in_an_assignment_does_not_reach_the_person(
    attach: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: Any) -> Any:
        raise ZeroDivisionError

    monkeypatch.setattr(assignments, "inside_forward", broken)
    faults: list[BaseException] = []
    attach(on_fault=faults.append)
    layer = nn.Linear(2, 2)
    assert list(dict(layer.named_parameters())) == ["weight", "bias"]
    assert [type(f) for f in faults] == [ZeroDivisionError]


def test_nothing_is_kept_alive(attach: Any) -> None:
    observer = attach(step_limit=5)
    refs = _two_steps()
    gc.collect()
    assert [r() for r in refs] == [None] * 4
    assert len(observer.recording().steps) == 2


def _two_steps() -> list[weakref.ref[Any]]:
    model = nn.Linear(2, 2)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(2):
        optimizer.zero_grad()
        loss = model(torch.ones(1, 2)).sum()
        loss.backward()
        optimizer.step()
    return [weakref.ref(o) for o in (model, optimizer, loss, model.weight)]


def test_locals_of_the_person_are_let_go(attach: Any) -> None:
    attach()
    assert _let_go() is True


def _let_go() -> bool:
    # A function of its own: pytest makes every function with an assert ask for its locals.
    model = nn.Linear(2, 2)
    big = torch.ones(3)
    ref = weakref.ref(big)
    model(torch.ones(1, 2)).sum().backward()
    del big
    return ref() is None


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_does_not_observe(attach: Any) -> None:
    attach()
    original = nn.Module.__setattr__.__wrapped__  # type: ignore[attr-defined]
    read, write = os.pipe()
    child = os.fork()
    if child == 0:  # pragma: no cover - another process
        same = nn.Module.__setattr__ is original
        empty = torch._C._len_torch_function_stack() == 0
        os.write(write, b"1" if same and empty else b"0")
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(read, 1) == b"1"
    assert nn.Module.__setattr__ is not original


def test_a_step_that_raises_does_not_end_the_observation(record: Recorder) -> None:
    recording = record("""
model = nn.Linear(2, 1)
class Fragile(torch.optim.SGD):
    def step(self, closure=None):
        if not hasattr(self, 'tried'):
            self.tried = True
            raise ValueError
        return super().step(closure)
optimizer = Fragile(model.parameters(), lr=0.1)
for _ in range(6):
    optimizer.zero_grad()
    model(torch.ones(1, 2)).sum().backward()
    try:
        optimizer.step()
    except ValueError:
        pass
""")
    assert record.stopped
    assert all(s.graph.losses for s in recording.steps)
    assert variables(recording)["model.weight"].steps[-1].value is not None


def test_attaching_twice_in_one_process(attach: Any) -> None:
    for _ in range(2):
        observer = attach()
        train(4)
        assert len(observer.recording().steps) == 3


def test_a_template_that_no_step_reads_is_no_reason_to_keep_steps(attach: Any) -> None:
    observer = attach(step_limit=3)
    template = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
    model = nn.TransformerEncoder(template, 2)
    optimizer = torch.optim.Adam(model.parameters())
    kept = []
    for _ in range(3):
        optimizer.zero_grad()
        model(torch.randn(2, 3, 8)).square().mean().backward()
        optimizer.step()
        kept.append(list(observer.keeping.kept))
    assert kept[1:] == [kept[0]] * 2
    assert len(observer.recording().steps) == 3
