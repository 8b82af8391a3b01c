"""Steps kept by an observation: which, checked against what was observed, and let go of."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

from whygrad.backends.torch import BACKEND  # noqa: E402
from whygrad.flow.recording import Recording  # noqa: E402
from whygrad.flow.replaying import CannotReplayError, Change, ChangeKind, Update  # noqa: E402
from whygrad.runtime.backend import Session  # noqa: E402


@pytest.fixture
def attach() -> Iterator[Any]:
    open_ones: list[Any] = []

    def start(**options: Any) -> Any:
        open_ones.append(BACKEND.attach(Session(**{"step_limit": 2, **options})))
        return open_ones[-1]

    torch.manual_seed(0)
    yield start
    for one in open_ones:
        one.detach()


class Cut(nn.Module):
    """Its first layer gets no gradient."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(4, 4), nn.Linear(4, 1)

    def forward(self, x: Any) -> Any:
        return self.second(self.first(x).tanh().detach())


def train(model: nn.Module, steps: int = 2, **options: Any) -> Any:
    optimizer = options.pop("optimizer", torch.optim.AdamW)(model.parameters(), lr=1e-2)
    for _ in range(steps):
        optimizer.zero_grad()
        model(torch.randn(8, 4)).square().mean().backward()
        if options.get("clip"):
            nn.utils.clip_grad_norm_(model.parameters(), 1e-3)
        optimizer.step()
    return optimizer


def value(recording: Recording, name: str, step: int) -> int:
    found = next(v for v in recording.variables if v.name.endswith(name)).steps[step].value
    assert found is not None
    return found


@pytest.mark.parametrize("clip", [False, True])
def test_a_sick_step_is_run_again_after_everything_has_moved_on(attach: Any, clip: bool) -> None:
    observer = attach()
    model = Cut()
    optimizer = train(model, clip=clip)
    recording = observer.recording()
    observer.detach()
    train(model)
    before = {name: p.detach().clone() for name, p in model.named_parameters()}
    replayer = observer.replayer()
    assert replayer is not None
    assert replayer.steps() == [0, 1]
    wanted = [value(recording, name, 1) for name in ("first.weight", "second.weight")]
    plain = replayer.replay(1, wanted)
    seen = next(v for v in recording.variables if v.name.endswith("second.weight")).steps[1]
    assert plain.gradients[wanted[0]] is None
    if not clip:
        assert plain.gradients[wanted[1]] == pytest.approx(seen.gradient_norm, rel=1e-5)
    graph = recording.steps[1].graph
    cut = tuple(i for i, barrier in enumerate(graph.barriers) if barrier)
    opened = replayer.replay(1, wanted, [Change(ChangeKind.OPEN, cut)])
    assert opened.gradients[wanted[0]]
    assert opened.losses == plain.losses
    for name, parameter in model.named_parameters():
        assert torch.equal(parameter, before[name])
    assert optimizer.state


def test_a_healthy_run_keeps_nothing(attach: Any) -> None:
    observer = attach()
    model = nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 1))
    train(model)
    observer.recording()
    observer.detach()
    assert not observer.keeping.kept


def test_release_lets_go(attach: Any) -> None:
    def observed() -> tuple[Any, weakref.ref[Any]]:
        observer = attach()
        model = Cut()
        train(model)
        observer.recording()
        observer.detach()
        return observer, weakref.ref(model.first.weight)

    observer, weight = observed()
    replayer = observer.replayer()
    assert replayer.steps()
    replayer.release()
    del replayer
    gc.collect()
    assert weight() is None


def test_an_update_by_an_optimizer_like_the_persons(attach: Any) -> None:
    observer = attach()
    model = Cut()
    optimizer = train(model, optimizer=torch.optim.AdamW)
    recording = observer.recording()
    observer.detach()
    state = {k: v["exp_avg"].clone() for k, v in optimizer.state.items()}
    replayer = observer.replayer()
    name = recording.optimizers[0].name
    weight = value(recording, "second.weight", 1)
    done = replayer.replay(1, [weight], (), Update(name, (weight,)))
    assert done.updates[weight] == pytest.approx(1e-2 * 2, rel=0.05)
    rate = replayer.replay(1, [weight], (), Update(name, (weight,), rate=1.0))
    assert rate.updates[weight] > 50 * done.updates[weight]
    for parameter, average in state.items():
        assert torch.equal(optimizer.state[parameter]["exp_avg"], average)


def test_what_is_not_what_was_observed_is_refused(attach: Any) -> None:
    observer = attach()
    model = Cut()
    train(model)
    observer.recording()
    observer.detach()
    for kept in observer.keeping.kept.values():
        for pinned in kept.program.pinned.values():
            pinned[0].copy.add_(1.0)
    with pytest.raises(CannotReplayError, match="its loss came out as"):
        observer.replayer().replay(1, [])


def test_what_was_not_kept_says_why(attach: Any) -> None:
    observer = attach(step_limit=5)
    train(Cut(), steps=5)
    observer.recording()
    replayer = observer.replayer()
    assert len(replayer.steps()) == 3
    with pytest.raises(CannotReplayError, match="not kept"):
        replayer.replay(0, [])
    with pytest.raises(CannotReplayError, match="does not have"):
        replayer.replay(4, [], [Change(ChangeKind.OPEN, (10_000,))])


def test_two_optimizers_that_take_turns(attach: Any) -> None:
    observer = attach()
    critic, maker = nn.Linear(4, 1), Cut()
    maker.second = nn.Linear(4, 4)
    ours = torch.optim.Adam(critic.parameters(), lr=0.1)
    theirs = torch.optim.Adam(maker.parameters(), lr=0.1)
    for _ in range(2):
        made = maker(torch.randn(8, 4))
        ours.zero_grad()
        critic(made.detach()).square().mean().backward()
        ours.step()
        theirs.zero_grad()
        critic(made).mean().backward()
        theirs.step()
    recording = observer.recording()
    observer.detach()
    weight = value(recording, "second.weight", 1)
    seen = next(v for v in recording.variables if v.name.endswith("second.weight")).steps[1]
    done = observer.replayer().replay(1, [weight])
    assert done.gradients[weight] == pytest.approx(seen.gradient_norm, rel=1e-4)


def test_a_wider_run_undoes_the_loss_scale(attach: Any) -> None:
    observer = attach(step_limit=1)
    model = Cut()
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-3)
    scaler = torch.amp.GradScaler("cpu", init_scale=1024.0)
    loss = model(torch.randn(8, 4)).square().mean()
    scaler.scale(loss).backward()
    scaler.step(optimizer)
    scaler.update(2.0)
    recording = observer.recording()
    observer.detach()
    weight = value(recording, "second.weight", 0)
    seen = next(v for v in recording.variables if v.name.endswith("second.weight")).steps[0]
    replayer = observer.replayer()
    wide = replayer.replay(0, [weight], [Change(ChangeKind.WIDEN)])
    assert wide.gradients[weight] == pytest.approx(seen.gradient_norm, rel=1e-4)
    assert wide.losses[0] == pytest.approx(float(loss.detach()), rel=1e-4)
