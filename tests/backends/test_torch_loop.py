"""What the loop did, in which order, and where one observed step ends."""

from __future__ import annotations

import torch

from tests.backends.recorded import Recorder, record, variables
from whygrad.backends.torch import BACKEND
from whygrad.flow.recording import EventKind, Recording
from whygrad.model.report import Gradient
from whygrad.runtime.backend import Session

__all__ = ["record"]

B, C, D, S = (
    EventKind.BUILT,
    EventKind.CLEARED,
    EventKind.DIFFERENTIATED,
    EventKind.STEPPED,
)


def kinds(recording: Recording) -> list[tuple[EventKind, int]]:
    return [(e.kind, e.step) for e in recording.events]


MODEL = "model = nn.Linear(2, 1)\nx = torch.ones(3, 2)\n"
ADAM = MODEL + "optimizer = torch.optim.Adam(model.parameters(), lr=0.1)\n"


def test_the_usual_loop(record: Recorder) -> None:
    recording = record(
        ADAM
        + """
for _ in range(5):
    optimizer.zero_grad()
    model(x).mean().backward()
    optimizer.step()
print('never')
""",
        steps=2,
    )
    assert record.stopped
    assert record.done == [1, 2]
    assert kinds(recording) == [(B, -1), (C, 0), (D, 0), (S, 0), (C, 1), (D, 1), (S, 1)]
    places = [(e.place.line, e.place.column) for e in recording.events if e.place]
    assert places == [(6, 13), (9, 5), (10, 5), (11, 5), (9, 5), (10, 5), (11, 5)]
    assert [(s.differentiated, s.stepped) for s in recording.steps] == [(True, True)] * 2
    assert all(len(s.graph.losses) == 1 for s in recording.steps)
    (optimizer,) = recording.optimizers
    assert (optimizer.name, optimizer.class_name) == ("optimizer", "Adam")
    assert (optimizer.group_sizes, optimizer.learning_rates) == ((2,), (0.1,))
    assert optimizer.steps_taken == 2


def test_with_keep_going_the_script_runs_to_its_end_unobserved(record: Recorder) -> None:
    recording = record(
        ADAM
        + """
for _ in range(20):
    optimizer.zero_grad()
    model(x).mean().backward()
    optimizer.step()
end = optimizer.state[model.weight]['step'].item()
""",
        stop=False,
    )
    assert record.namespace["end"] == 20
    assert len(recording.steps) == 3
    assert recording.optimizers[0].steps_taken == 3


def test_accumulation_is_one_step(record: Recorder) -> None:
    recording = record(
        ADAM
        + """
for i in range(1, 13):
    (model(x).mean() / 4).backward()
    if i % 4 == 0:
        optimizer.step()
        optimizer.zero_grad()
"""
    )
    assert len(recording.steps) == 3
    assert [len(s.graph.losses) for s in recording.steps] == [4, 4, 4]
    weight = variables(recording)["model.weight"]
    assert [s.carried_over for s in weight.steps] == [False] * 3


def test_gradients_cleared_between_backward_and_step(record: Recorder) -> None:
    recording = record(
        ADAM
        + """
for _ in range(5):
    model(x).mean().backward()
    optimizer.zero_grad()
    optimizer.step()
"""
    )
    assert kinds(recording)[1:4] == [(D, 0), (C, 0), (S, 0)]
    weight = variables(recording)["model.weight"]
    assert all(s.gradient is Gradient.NONE for s in weight.steps)
    assert all(s.had_gradient_after_backward for s in weight.steps)
    assert all(s.moved is False for s in weight.steps)


def test_gradients_never_cleared_are_carried_over(record: Recorder) -> None:
    recording = record(
        ADAM + "for _ in range(5):\n    model(x).mean().backward()\n    optimizer.step()\n"
    )
    weight = variables(recording)["model.weight"]
    assert [s.carried_over for s in weight.steps] == [False, True, True]
    norms = [s.gradient_norm or 0.0 for s in weight.steps]
    assert norms[2] > 2.9 * norms[0]


def test_gradients_cleared_by_hand(record: Recorder) -> None:
    recording = record(
        ADAM
        + """
for _ in range(5):
    for p in model.parameters():
        p.grad = None
    model(x).mean().backward()
    optimizer.step()
"""
    )
    cleared = [e for e in recording.events if e.kind is C]
    assert [(e.step, e.detail) for e in cleared] == [(1, "by hand"), (2, "by hand")]
    assert not any(s.carried_over for s in variables(recording)["model.weight"].steps)


def test_a_module_clears(record: Recorder) -> None:
    recording = record(
        ADAM
        + """
for _ in range(5):
    model.zero_grad(set_to_none=False)
    model(x).mean().backward()
    optimizer.step()
"""
    )
    assert [e.detail for e in recording.events if e.kind is C] == ["module"] * 3
    assert not any(s.carried_over for s in variables(recording)["model.weight"].steps)


def test_a_closure_is_one_step(record: Recorder) -> None:
    recording = record(
        MODEL
        + """
optimizer = torch.optim.LBFGS(model.parameters(), max_iter=5)
calls = 0
def closure():
    global calls
    calls += 1
    optimizer.zero_grad()
    loss = (model(x) - 3).pow(2).mean()
    loss.backward()
    return loss
for _ in range(4):
    optimizer.step(closure)
"""
    )
    assert len(recording.steps) == 3
    assert all(s.differentiated and s.stepped for s in recording.steps)
    assert len(recording.steps[0].graph.losses) == 1
    weight = variables(recording)["model.weight"]
    assert weight.steps[0].gradient is Gradient.FINITE
    assert weight.steps[0].moved is True


def test_two_optimizers_that_take_turns(record: Recorder) -> None:
    recording = record("""
d, g = nn.Linear(2, 1), nn.Linear(2, 2)
opt_d = torch.optim.SGD(d.parameters(), lr=0.1)
opt_g = torch.optim.SGD(g.parameters(), lr=0.1)
for i in range(40):
    fake = g(torch.ones(3, 2))
    opt_d.zero_grad()
    d(fake.detach()).mean().backward()
    opt_d.step()
    if i % 3 == 2:
        opt_g.zero_grad()
        (-d(fake)).mean().backward()
        opt_g.step()
""")
    found = variables(recording)
    steps = {o.name: o.steps_taken for o in recording.optimizers}
    assert steps["opt_g"] >= 1
    assert any(s.gradient is Gradient.FINITE for s in found["g.weight"].steps)
    assert any(s.moved for s in found["g.weight"].steps)
    assert len(recording.steps) <= 12


def test_an_optimizer_that_never_steps_does_not_hold_up_the_rest(record: Recorder) -> None:
    recording = record(
        ADAM
        + """
idle = torch.optim.SGD([nn.Parameter(torch.ones(1))], lr=0.1)
for _ in range(40):
    optimizer.zero_grad()
    model(x).mean().backward()
    optimizer.step()
"""
    )
    assert record.stopped
    assert len(recording.steps) <= 12


def test_manual_updates_without_an_optimizer(record: Recorder) -> None:
    recording = record(
        MODEL
        + """
for _ in range(6):
    loss = model(x).mean()
    loss.backward()
    with torch.no_grad():
        for p in model.parameters():
            p -= 0.1 * p.grad
            p.grad = None
"""
    )
    assert len(recording.steps) == 3
    assert recording.optimizers == ()
    weight = variables(recording)["model.weight"]
    assert [s.gradient for s in weight.steps] == [Gradient.FINITE] * 3
    assert [s.moved for s in weight.steps] == [True, True, None]


def test_gradients_asked_for_as_values(record: Recorder) -> None:
    recording = record(
        MODEL
        + """
for _ in range(6):
    loss = model(x).mean()
    grads = torch.autograd.grad(loss, list(model.parameters()))
    with torch.no_grad():
        for p, g in zip(model.parameters(), grads):
            p -= 0.1 * g
"""
    )
    assert len(recording.steps) == 3
    assert all(s.differentiated for s in recording.steps)
    assert all(len(s.graph.losses) == 1 for s in recording.steps)
    assert variables(recording)["model.weight"].steps[0].moved is True


def test_gradient_of_the_input_alone_is_no_training(record: Recorder) -> None:
    recording = record(
        ADAM
        + """
for _ in range(4):
    y = x.clone().requires_grad_()
    torch.autograd.grad(model(y).mean(), y)
    optimizer.zero_grad()
    model(x).mean().backward()
    optimizer.step()
"""
    )
    assert all(len(s.graph.losses) == 1 for s in recording.steps)
    assert [e.step for e in recording.events if e.kind is D] == [0, 1, 2]


def test_a_backward_that_raises_is_still_the_loss(record: Recorder) -> None:
    recording = record(
        ADAM
        + """
with torch.no_grad():
    loss = model(x).mean()
loss.backward()
"""
    )
    assert isinstance(record.error, RuntimeError)
    (step,) = recording.steps
    assert step.differentiated
    assert not step.stepped
    assert len(step.graph.losses) == 1
    (event,) = [e for e in recording.events if e.kind is D]
    assert event.place is not None
    assert event.place.line == 10
    assert event.detail is not None
    assert event.detail.startswith("RuntimeError: element 0 of tensors does not require grad")


def test_backward_without_step(record: Recorder) -> None:
    recording = record(
        ADAM
        + """
for _ in range(10):
    optimizer.zero_grad()
    model(x).mean().backward()
"""
    )
    assert recording.steps
    assert all(s.differentiated and not s.stepped for s in recording.steps)
    weight = variables(recording)["model.weight"]
    assert weight.steps[0].gradient is Gradient.FINITE


def test_backward_once_in_a_function_that_has_returned(record: Recorder) -> None:
    recording = record("""
def main():
    model = nn.Linear(2, 1)
    model(torch.ones(1, 2)).sum().backward()
    model = torch.optim.Adam(model.parameters())
main()
""")
    assert variables(recording)["model.weight"].steps[0].gradient is Gradient.FINITE


def test_forward_alone(record: Recorder) -> None:
    recording = record(ADAM + "out = model(x)\n")
    (step,) = recording.steps
    assert not step.differentiated
    assert step.graph.losses == ()
    assert "model.weight" in variables(recording)


def test_schedulers_and_groups(record: Recorder) -> None:
    recording = record(
        ADAM
        + """
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 1, gamma=0.5)
optimizer.add_param_group({'params': [nn.Parameter(torch.ones(2))], 'lr': 0.0})
for _ in range(5):
    optimizer.zero_grad()
    model(x).mean().backward()
    optimizer.step()
    scheduler.step()
"""
    )
    kinds_seen = {e.kind for e in recording.events}
    assert EventKind.SCHEDULED in kinds_seen
    assert EventKind.ADDED_GROUP in kinds_seen
    (optimizer,) = recording.optimizers
    assert optimizer.group_sizes == (2, 1)
    assert optimizer.learning_rates == (0.1, 0.0)


def test_a_step_that_the_loss_scaler_leaves_out(record: Recorder) -> None:
    recording = record(
        ADAM
        + """
scaler = torch.amp.GradScaler('cpu', init_scale=2.0)
for i in range(5):
    optimizer.zero_grad()
    loss = model(x).mean() * (float('inf') if i == 0 else 1.0)
    scaler.scale(loss).backward()
    scaler.step(optimizer)
    scaler.update()
"""
    )
    skipped = [e for e in recording.events if e.kind is EventKind.SKIPPED]
    assert [(e.step, e.optimizer) for e in skipped] == [(0, "optimizer")]
    assert [s.stepped for s in recording.steps] == [False, True, True, True]
    weight = variables(recording)["model.weight"]
    assert weight.steps[0].gradient in (Gradient.INF, Gradient.NAN)
    assert weight.steps[1].gradient is Gradient.FINITE


def test_an_observation_that_begins_after_the_backward() -> None:
    model = torch.nn.Linear(2, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    loss = model(torch.ones(1, 2)).sum()
    loss.backward()
    observer = BACKEND.attach(Session(models=(("net", model),), losses=(loss,)))
    recording = observer.recording()
    observer.detach()
    weight = variables(recording)["net.weight"]
    assert weight.steps[0].gradient is Gradient.FINITE
    assert [h.learning_rate for h in weight.holders] == [0.5]
    assert recording.optimizers_known
    assert recording.steps[0].differentiated
    assert optimizer is not None


def test_without_any_optimizer_in_sight_none_is_known() -> None:
    model = torch.nn.Linear(2, 1)
    loss = model(torch.ones(1, 2)).sum()
    loss.backward()
    observer = BACKEND.attach(Session(models=(("net", model),), losses=(loss,)))
    recording = observer.recording()
    observer.detach()
    assert not recording.optimizers_known
