"""What modules gave and what came back to them: measured in passing, seen by nobody."""

from __future__ import annotations

import gc
import warnings
import weakref
from typing import Any

import pytest
import torch
from torch import nn
from torch.utils.checkpoint import checkpoint

from tests.backends.recorded import Recorder, record
from whygrad.backends.torch import BACKEND
from whygrad.backends.torch.sampling import SAMPLE, stride
from whygrad.flow.recording import Recording
from whygrad.model.report import ModuleRow
from whygrad.runtime.backend import Session

__all__ = ["record"]

LOOP = """
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for _ in range(3):
    optimizer.zero_grad()
    loss(model).backward()
    optimizer.step()
"""


def modules(recording: Recording) -> dict[str, ModuleRow]:
    return {row.name: row for row in recording.modules}


def test_every_module_that_was_called(record: Recorder) -> None:
    found = modules(
        record(
            """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 8))
        self.rest = nn.Linear(3, 3)
    def forward(self, x):
        return self.inner(x)
model = Net()
with torch.no_grad():
    model.inner[0].bias.fill_(-9.0)
def loss(model):
    return (model(torch.ones(2, 4)) * 0.25).sum()
"""
            + LOOP
        )
    )
    assert list(found) == [
        "model.inner.0", "model.inner.1", "model.inner.2", "model.inner", "model",
    ]  # fmt: skip
    dead = found["model.inner.1"]
    assert (dead.class_name, dead.calls, dead.step) == ("ReLU", 1, 2)
    assert dead.output is not None
    assert (dead.output.rms, dead.output.zeros, dead.output.bad) == (0.0, 1.0, 0.0)
    before = found["model.inner.0"]
    assert before.gradient is not None
    assert before.gradient.zeros == 1.0
    whole = found["model"]
    assert whole.gradient is not None
    assert (whole.gradient.rms, whole.gradient.mean, whole.gradient.std) == (0.25, 0.25, 0.0)


def test_outputs_of_every_shape(record: Recorder) -> None:
    found = modules(
        record(
            """
from dataclasses import dataclass
@dataclass
class Out:
    label: str
    ids: object
    logits: object
class Pair(nn.Linear):
    def forward(self, x):
        return None, (super().forward(x), 1)
class Wrapped(nn.Linear):
    def forward(self, x):
        return Out('a', torch.ones(2, dtype=torch.long), {'x': super().forward(x)})
class Nothing(nn.Linear):
    def forward(self, x):
        return 7
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.pair, self.wrapped, self.nothing = Pair(4, 4), Wrapped(4, 4), Nothing(4, 4)
    def forward(self, x):
        self.nothing(x)
        y = self.wrapped(self.pair(x)[1][0]).logits['x']
        return self.wrapped(y).logits['x']
model = Net()
def loss(model):
    return model(torch.ones(2, 4)).sum()
"""
            + LOOP
        )
    )
    for name in ("pair", "wrapped"):
        row = found[f"model.{name}"]
        assert row.output is not None
        assert row.gradient is not None
    assert found["model.wrapped"].calls == 2
    assert found["model.nothing"].output is None


def test_nan_and_inf_are_counted_apart(record: Recorder) -> None:
    found = modules(
        record(
            """
class Net(nn.Linear):
    def forward(self, x):
        y = super().forward(x).reshape(-1)
        return torch.cat([y[:6] * 0 + 3, torch.tensor([float('nan'), -float('inf')])])
model = Net(4, 4)
def loss(model):
    return model(torch.ones(2, 4)).sum()
"""
            + LOOP
        )
    )
    row = found["model"]
    assert row.output is not None
    assert (row.output.bad, row.output.rms, row.output.zeros) == (0.25, 3.0, 0.0)
    assert row.gradient is not None
    assert row.gradient.mean == 1.0


def test_a_large_output_is_sampled_over_all_of_its_columns() -> None:
    for count in (4096, 8 * 64 * 256, 3 * 2**20, 1025, 12345):
        step = stride(count)
        assert count // (2 * SAMPLE) <= step <= max(1, count // SAMPLE)
    assert len({place % 256 for place in range(0, 8 * 64 * 256, stride(8 * 64 * 256))}) == 256


def test_a_layer_in_a_plain_list_has_its_name(record: Recorder) -> None:
    found = modules(
        record(
            """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = [nn.Linear(4, 4), nn.Linear(4, 4)]
        self.head = nn.Linear(4, 1)
    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return self.head(x)
model = Net()
def loss(model):
    return model(torch.ones(2, 4)).sum()
"""
            + LOOP
        )
    )
    assert list(found) == ["model.layers.0", "model.layers.1", "model.head", "model"]


def trained(kind: str) -> dict[str, Any]:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(64, 64), nn.ReLU(inplace=True), nn.Dropout(), nn.Linear(64, 1))
    optimizer = torch.optim.Adam(model.parameters())
    losses, hooks, nodes = [], [], []
    for _ in range(4):
        optimizer.zero_grad()
        x = torch.randn(32, 64)
        with torch.autocast("cpu", torch.bfloat16, enabled=kind == "autocast"):
            if kind == "checkpoint":
                out = checkpoint(model, x, use_reentrant=False)
            elif kind == "reentrant":
                out = checkpoint(model, x.requires_grad_(), use_reentrant=True)
            else:
                out = model(x)
        loss = out.float().square().mean()
        hooks.append(out._backward_hooks)
        nodes.append(type(out.grad_fn).__name__)
        loss.backward(retain_graph=kind == "retained")
        losses.append(loss.item())
        optimizer.step()
    return {
        "plain": (losses, hooks, nodes, torch.get_rng_state().tolist()),
        "tensors": [p.detach() for p in model.parameters()] + [p.grad for p in model.parameters()],
    }


@pytest.mark.parametrize("kind", ["plain", "autocast", "checkpoint", "reentrant", "retained"])
def test_training_does_not_notice(kind: str) -> None:
    plain = trained(kind)
    faults: list[BaseException] = []
    observer = BACKEND.attach(Session(step_limit=3, on_fault=faults.append))
    try:
        observed = trained(kind)
        rows = observer.recording().modules
    finally:
        observer.detach()
    assert faults == []
    assert {row.name for row in rows} == {"model", "model.0", "model.1", "model.2", "model.3"}
    assert [row.calls for row in rows] == [1] * 5
    assert sum(row.gradient is not None for row in rows) >= 3
    assert plain["plain"] == observed["plain"]
    assert all(map(torch.equal, plain["tensors"], observed["tensors"]))


def test_no_hook_stays_on_a_graph_that_no_backward_came_to() -> None:
    observer = BACKEND.attach(Session())
    layer = nn.Linear(2, 2)
    out = layer(torch.ones(1, 2))
    (seen,) = observer.outputs._seen.values()  # type: ignore[attr-defined]
    observer.detach()
    out.sum().backward()
    assert seen.output is not None
    assert seen.gradient is None


def test_an_output_is_not_kept_alive() -> None:
    observer = BACKEND.attach(Session())
    try:
        out = nn.Linear(2, 2)(torch.ones(1, 2))
        ref = weakref.ref(out)
        del out
        gc.collect()
        assert ref() is None
    finally:
        observer.detach()


def test_who_traces_does_not_find_our_ops() -> None:
    observer = BACKEND.attach(Session())
    layer = nn.Sequential(nn.Linear(4, 4), nn.ReLU())
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", UserWarning)
            traced = torch.jit.trace(layer, torch.ones(1, 4))  # type: ignore[no-untyped-call]
            torch.func.vmap(layer)(torch.ones(2, 4))
    finally:
        observer.detach()
    assert "take" not in str(traced.graph)
