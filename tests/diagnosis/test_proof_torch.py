"""Wrong diagnoses of real programs, one a family: the replay shows that they do not hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

import whygrad  # noqa: E402
from whygrad.causes.rule import Expect, Match, Rule, Undo, Undoing  # noqa: E402
from whygrad.causes.undoing import changed, shifted, updated  # noqa: E402
from whygrad.flow.case import Case  # noqa: E402
from whygrad.flow.replaying import Change, ChangeKind, Update  # noqa: E402
from whygrad.model.finding import Severity  # noqa: E402
from whygrad.model.report import Status  # noqa: E402
from whygrad.source.files import Sources  # noqa: E402

Accuse = Callable[[str, str, Callable[[Case], Undoing]], None]


@pytest.fixture
def accuse(monkeypatch: pytest.MonkeyPatch) -> Accuse:
    """One rule in place of the catalogue: it blames one variable, always."""

    def put(cause: str, name: str, undo: Callable[[Case], Undoing]) -> None:
        def in_case(case: Case, sources: Sources) -> Iterator[Match]:
            if case.variable.name == name:
                place = case.variable.made_at
                said = f"{cause}, it is claimed"
                yield Match(Severity.ERROR, place, lambda n: f"{n}: {said}", undo=undo(case))

        rules = (Rule(cause, in_case=in_case, healthy_too=True),)
        monkeypatch.setattr("whygrad.diagnosis.judge.rules", lambda: rules)

    return put


def edges_of(case: Case, step: int, op: str) -> tuple[int, ...]:
    """The edges into the ops of that name."""
    graph = case.recording.steps[step].graph
    found = tuple(e.number for e in graph.edges() if graph.ops[e.op].name == op)
    assert found, sorted({o.name for o in graph.ops})
    return found


def at_ops(kind: ChangeKind, op: str, expects: Expect = Expect.GRADIENT) -> Callable[..., Undoing]:
    def undo(case: Case) -> Undoing:
        def made(steps: Any) -> Undo | str:
            step = steps[-1]
            edges = edges_of(case, step, op)
            change = changed(case, step, f"`{op}` undone", kind, edges=edges, expects=expects)
            return change(steps)

        return made

    return undo


def on_value(kind: ChangeKind) -> Callable[..., Undoing]:
    """A change of the variable itself, and nothing of what lies behind it."""

    def undo(case: Case) -> Undoing:
        def made(steps: Any) -> Undo | str:
            value = case.variable.steps[steps[-1]].value
            assert value is not None
            change = Change(kind, values=(value,))
            return Undo(steps[-1], f"{{n}} {kind.value}ed", (value,), (change,))

        return made

    return undo


def watched(model: nn.Module, loss_of: Callable[[Any], Any], findings: int = 1) -> Any:
    """Train a little, and tell of the only finding and the row of its variable."""
    torch.manual_seed(1)
    data = torch.randn(3, 8, 4)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with whygrad.watch(model, optimizer) as w:
        for x in data:
            optimizer.zero_grad()
            loss_of(model(x)).backward()
            optimizer.step()
    assert not [line for line in w.report.notices if "whygrad itself" in line], w.report.notices
    assert len(w.report.findings) == findings
    if findings > 1:
        return w.report
    (found,) = w.report.findings
    (row,) = (r for r in w.report.variables if r.name in found.variables)
    return w.report, found, row


def lowered(seen: Any, words: str) -> None:
    """The accusation is a note, says what was tried, and no error is left."""
    report, found, row = seen
    assert found.proof is not None
    assert (found.proof.kind, found.proof.holds) == ("replay", False), found.proof
    assert found.severity is Severity.NOTE and not report.errors
    assert "not confirmed: with " in found.message and words in found.message
    assert row.status in (Status.UNKNOWN, Status.TRAINS)


class Towers(nn.Module):
    """A healthy stop-gradient on the target, and a cut of another kind before the student."""

    def __init__(self) -> None:
        super().__init__()
        self.score = nn.Linear(4, 3)
        self.student = nn.Linear(4, 4)

    def forward(self, x: Any) -> Any:
        pick = self.score(x).argmax(dim=1, keepdim=True)
        target = self.student(x).detach()
        return self.student(x) * pick - 2 * target


def test_graph_a_healthy_stop_gradient_is_blamed(accuse: Accuse) -> None:
    accuse("detached", "model.score.weight", at_ops(ChangeKind.OPEN, "detach"))
    seen = watched(Towers(), lambda out: out.square().mean())
    lowered(seen, "still gets no gradient")


def test_graph_the_right_op_is_confirmed(accuse: Accuse) -> None:
    accuse("non-differentiable-op", "model.score.weight", at_ops(ChangeKind.OPEN, "argmax"))
    report, found, _ = watched(Towers(), lambda out: out.square().mean())
    assert found.severity is Severity.ERROR and report.errors
    assert found.proof.holds is True
    assert found.proof.gradient_norm_before is None and found.proof.gradient_norm_after > 0


class Hidden(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Linear(4, 4)
        self.scale = torch.ones(4, requires_grad=True)
        self.frozen = nn.Parameter(torch.ones(4), requires_grad=False)

    def forward(self, x: Any) -> Any:
        return self.body(x) + (x * self.scale).detach() + torch.sign(x * self.frozen)


def test_registration_is_blamed_for_what_a_cut_does(accuse: Accuse) -> None:
    accuse("unregistered-tensor", "model.scale", on_value(ChangeKind.ASK))
    lowered(watched(Hidden(), lambda out: out.square().mean()), "still gets no gradient")


def test_trainability_is_blamed_for_what_rounding_does(accuse: Accuse) -> None:
    accuse("frozen", "model.frozen", on_value(ChangeKind.ASK))
    lowered(watched(Hidden(), lambda out: out.square().mean()), "still gets")


def test_two_causes_in_a_row_are_both_proved() -> None:
    """A detach behind a tensor that is not registered: each is told, the first needs both."""
    torch.manual_seed(1)
    model = Hidden()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with whygrad.watch(model, optimizer) as w:
        for x in torch.randn(3, 8, 4):
            optimizer.zero_grad()
            model(x).square().mean().backward()
            optimizer.step()
    found = [f for f in w.report.findings if "model.scale" in f.variables]
    assert [f.cause for f in found] == ["unregistered-tensor", "detached"]
    first, second = (f.proof for f in found)
    assert first is not None and second is not None
    assert first.holds is True and second.holds is True
    assert "together with the other finding" in (first.message or "")
    assert "together" not in (second.message or "")


class Masked(nn.Module):
    """The mask makes it zero; the ReLU behind it is alive."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.Linear(4, 4)
        self.outer = nn.Linear(4, 4)
        self.register_buffer("mask", torch.zeros(4))

    def forward(self, x: Any) -> Any:
        return self.outer(self.inner(x).relu() * self.mask)


def test_loop_a_rate_is_blamed_for_a_gradient_of_zero(accuse: Accuse) -> None:
    def undo(case: Case) -> Undoing:
        update = Update(case.recording.optimizers[0].name, (), 0.5)
        return updated(case, "a rate of 0.5 in place of 0", update)

    accuse("zero-learning-rate", "model.inner.weight", undo)
    lowered(watched(Masked(), lambda out: out.square().mean()), "a gradient of exactly zero")


def test_zero_a_live_activation_is_blamed(accuse: Accuse) -> None:
    accuse("dead-activation", "model.inner.weight", at_ops(ChangeKind.REVIVE, "relu"))
    report = watched(Masked(), lambda out: out.square().mean(), findings=2)
    true, accused = report.findings
    assert accused.cause == "dead-activation" and accused.severity is Severity.NOTE
    assert accused.proof.holds is False and "a gradient of exactly zero" in accused.message
    # What holds it back in truth came to light, and is proved alone.
    assert true.cause == "multiplied-by-zero" and true.variables == ("model.inner.weight",)
    assert true.proof.holds is True and "alone" in true.proof.message


def test_graph_a_used_variable_is_called_unused(accuse: Accuse) -> None:
    accuse("unused", "model.body.weight", shifted)
    lowered(watched(Hidden(), lambda out: out.square().mean()), "the loss changes from")


def test_numerics_the_wrong_op_is_blamed(accuse: Accuse) -> None:
    """The root at zero makes the nan; the logarithm is far from it."""
    undo = at_ops(ChangeKind.SAFE, "log", Expect.FINITE)
    accuse("nan-gradient", "model.inner.weight", undo)

    class Rooted(Masked):
        def forward(self, x: Any) -> Any:
            h = self.inner(x)
            return (h - h).sqrt() + (h.exp() + 1).log()

    lowered(watched(Rooted(), lambda out: out.square().mean()), "a gradient of norm nan")
