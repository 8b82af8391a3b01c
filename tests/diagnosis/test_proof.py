"""What a replay does to a finding, with a replayer that needs no framework."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.diagnosis.replaying import MOVE, NORM, Fake
from tests.flows import at, flow, observed, recording, variable
from whygrad.causes.rule import Match, Rule, Undoing
from whygrad.causes.undoing import changed, impossible
from whygrad.diagnosis.diagnose import Diagnosis, diagnose
from whygrad.diagnosis.proof.replays import Budget
from whygrad.flow.case import Case
from whygrad.flow.recording import Recording
from whygrad.flow.replaying import CannotReplayError, ChangeKind, StepFailsError
from whygrad.flow.variable import Home, Variable
from whygrad.model.finding import Finding, Proof, Severity
from whygrad.model.report import Status
from whygrad.source.files import Sources

CUT = flow("h = matmul(x, w); z = detach(h) !detached; o = matmul(z, v); l = sum(o)", loss="l")
TWICE = flow(
    "h = matmul(x, w); z = detach(h) !detached; n = item(z) !left-framework;"
    " o = matmul(n, v); l = sum(o)",
    loss="l",
)
NET = flow("h = matmul(x, w); r = relu(h); o = matmul(r, v); l = sum(o)", loss="l")
DROPPED = flow("h = matmul(x, w); o = matmul(x, v); l = sum(o)", loss="l")


def healthy(name: str, value: int | None, **facts: Any) -> Variable:
    return variable(name, steps=(observed(value),) * 3, **facts)


def starved(name: str, value: int | None, **facts: Any) -> Variable:
    return variable(name, steps=(observed(value, "none"),) * 3, **facts)


def cut(graph: Any = CUT) -> Recording:
    return recording(graph, [starved("model.a.w", graph["w"]), healthy("model.b.v", graph["v"])])


def told(made: Recording, fake: Fake | None = None, **budget: float) -> Diagnosis:
    limits = Budget(**budget) if budget else None  # type: ignore[arg-type]
    return diagnose([made], replayers=[fake or Fake(made)], budget=limits)


def proof_of(finding: Finding) -> Proof:
    assert finding.proof is not None
    return finding.proof


def only(diagnosis: Diagnosis) -> tuple[Finding, Proof]:
    (found,) = diagnosis.findings
    return found, proof_of(found)


def test_without_a_replayer_nothing_is_said() -> None:
    (found,) = diagnose([cut()]).findings
    assert found.proof is None and found.severity is Severity.ERROR
    (found,) = diagnose([cut()], replayers=[None]).findings
    assert found.proof is None


def test_a_cut_is_proved() -> None:
    found, proof = only(told(cut()))
    assert found.severity is Severity.ERROR
    assert (proof.kind, proof.holds) == ("replay", True)
    assert (proof.gradient_norm_before, proof.gradient_norm_after) == (None, NORM)
    assert proof.message == (
        "with `.detach()` taken away and the step run again, `model.a.w` gets a gradient of norm"
        " 0.07 (none before)"
    )


def test_norms_are_over_all_variables_of_the_finding() -> None:
    two = flow("h = affine(x, w, u); z = detach(h) !detached; l = sum(z)", loss="l")
    made = recording(two, [starved("model.a.w", two["w"]), starved("model.a.u", two["u"])])
    found, proof = only(told(made))
    assert found.variables == ("model.a.w", "model.a.u")
    assert proof.gradient_norm_after == pytest.approx(NORM * 2**0.5)
    assert "`model.a.w` and `model.a.u` get a gradient" in (proof.message or "")


def test_two_cuts_in_a_row_are_both_told_in_order() -> None:
    made = cut(TWICE)
    fake = Fake(made)
    diagnosis = told(made, fake)
    assert {f.cause for f in diagnosis.findings} == {"left-framework", "detached"}
    for found in diagnosis.findings:
        proof = proof_of(found)
        assert found.severity is Severity.ERROR and proof.holds is True
        assert "together with the other finding" in (proof.message or "")
        assert proof.gradient_norm_after == NORM
    behind = next(f for f in diagnosis.findings if f.cause == "detached")
    assert behind.message.startswith("behind that, ")
    opened = {len(c.edges) for _, changes in fake.asked for c in changes}
    assert opened == {1, 2}  # each alone, then both


def test_a_hidden_variable_behind_a_cut() -> None:
    hidden = starved("model.w", CUT["w"], home=Home.PLAIN_ATTRIBUTE, holders=(), made_at=at(9))
    diagnosis = told(recording(CUT, [hidden, healthy("model.b.v", CUT["v"])]))
    assert [f.cause for f in diagnosis.findings] == ["unregistered-tensor", "detached"]
    first, second = map(proof_of, diagnosis.findings)
    assert first.holds and second.holds
    assert "together with the other finding" in (first.message or "")
    assert "the update moves it by 0.01" in (first.message or "")
    assert "together" not in (second.message or "")


def test_a_hidden_variable_is_handed_to_the_optimizer() -> None:
    beta = variable(
        "model.beta",
        home=Home.PLAIN_ATTRIBUTE,
        holders=(),
        steps=(observed(NET["w"], moved=False),) * 3,
        made_at=at(9),
    )
    _, proof = only(told(recording(NET, [beta, healthy("model.b.v", NET["v"])])))
    assert proof.holds is True and proof.gradient_norm_before == 1.0
    assert proof.message == (
        "with `model.beta` handed to Adam `optimizer` and the step run again, it gets a gradient"
        f" of norm 0.07 (1 before), and the update moves it by {MOVE}"
    )


def test_unused_is_proved_by_a_loss_that_does_not_notice() -> None:
    made = recording(
        DROPPED, [starved("model.a.w", DROPPED["w"]), healthy("model.b.v", DROPPED["v"])]
    )
    _, proof = only(told(made))
    assert proof.holds is True and proof.gradient_norm_after is None
    assert "the loss is the same to the last digit" in (proof.message or "")


def test_never_read_is_proved_by_a_step_without_it() -> None:
    spare = starved("model.a.w", None, used_in_source=False)
    found, proof = only(told(recording(NET, [spare, healthy("model.b.v", NET["v"])])))
    assert found.cause == "unused" and proof.holds is True
    assert "`model.a.w` left out" in (proof.message or "")


def test_zero_in_one_step_is_asked_again_in_another() -> None:
    made = cut()
    _, proof = only(told(made, Fake(made, zeros=frozenset({0}))))
    assert proof.holds is True and proof.gradient_norm_after == NORM
    found, proof = only(told(made, Fake(made, zeros=frozenset({0, 1, 2}))))
    assert proof.holds is True and proof.gradient_norm_after == 0.0
    assert "the way is open, and something else makes it zero" in (proof.message or "")


def test_asking_for_a_gradient_of_zero_proves_nothing() -> None:
    beta = starved("model.beta", NET["w"], home=Home.PLAIN_ATTRIBUTE, holders=(), made_at=at(9))
    made = recording(NET, [beta, healthy("model.b.v", NET["v"])])
    found, proof = only(told(made, Fake(made, zeros=frozenset({0, 1, 2}))))
    assert proof.holds is False and found.severity is Severity.NOTE
    assert "still gets a gradient of exactly zero" in found.message


# What cannot be replayed costs the proof, never the finding.


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (CannotReplayError("`sort` cannot be opened"), "`sort` cannot be opened"),
        (ValueError("shapes do not match\nat all"), "ValueError: shapes do not match"),
        (MemoryError(), "the replay itself failed: MemoryError"),
    ],
)
@pytest.mark.parametrize("where", ["fault", "sick"])
def test_a_replayer_that_raises(fault: Exception, words: str, where: str) -> None:
    made = cut()
    found, proof = only(told(made, Fake(made, **{where: fault})))
    assert found.severity is Severity.ERROR
    assert (proof.kind, proof.holds) == ("none", None)
    assert words in (proof.message or "") and "\n" not in (proof.message or "")


def test_no_step_was_kept() -> None:
    made = cut()
    found, proof = only(told(made, Fake(made, kept=())))
    assert found.severity is Severity.ERROR and proof.holds is None
    assert proof.message == "the tensors of the steps were too large to be kept"


def test_the_step_is_checked_before_it_is_changed_and_once() -> None:
    made = cut(TWICE)
    fake = Fake(made)
    told(made, fake)
    assert fake.asked[0] == (0, ())
    assert sum(not changes for _, changes in fake.asked) == 1
    assert len(fake.asked) == len({repr(each) for each in fake.asked})  # each replay once


@pytest.mark.parametrize(
    ("budget", "words"),
    [({"replays": 0}, "the replays for one report"), ({"seconds": 0.0}, "the time for replays")],
)
def test_a_budget_that_is_used_up(budget: dict[str, float], words: str) -> None:
    found, proof = only(told(cut(), **budget))
    assert found.severity is Severity.ERROR and proof.kind == "none"
    assert (proof.message or "").startswith("not replayed: ") and words in (proof.message or "")


def test_the_most_pressing_are_proved_first() -> None:
    made = cut(TWICE)
    diagnosis = told(made, replays=3)
    assert [proof_of(f).holds for f in diagnosis.findings] == [True, True]
    diagnosis = told(made, replays=2)
    assert [proof_of(f).holds for f in diagnosis.findings] == [None, None]


# Wrong diagnoses.


Blame = Callable[[Case], tuple[str, Undoing | None] | None]


@pytest.fixture
def accuse(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Put one rule in place of the catalogue."""

    def put(blame: Blame, cause: str = "detached", severity: Severity = Severity.ERROR) -> None:
        def in_case(case: Case, sources: Sources) -> Iterator[Match]:
            found = blame(case)
            if found is not None:
                line, undo = found
                yield Match(severity, at(7), lambda n: f"{n}: {line}", undo=undo)

        rules = (Rule(cause, in_case=in_case, healthy_too=True),)
        monkeypatch.setattr("whygrad.diagnosis.judge.rules", lambda: rules)

    return put


def test_the_wrong_edge_is_caught(accuse: Callable[..., None]) -> None:
    made = cut()
    edge = next(e.number for e in CUT.graph.edges() if CUT.graph.ops[e.op].name == "sum")

    def blame(case: Case) -> tuple[str, Undoing | None] | None:
        if case.got_gradient:
            return None
        words = "`sum` stops the gradient"
        return words, changed(case, 0, "`sum` taken away", ChangeKind.OPEN, edges=(edge,))

    accuse(blame)
    diagnosis = told(made)
    found, proof = only(diagnosis)
    assert found.severity is Severity.NOTE and proof.holds is False
    assert found.message == (
        "`model.a.w`: `sum` stops the gradient; not confirmed: with `sum` taken away and the step"
        " run again, `model.a.w` still gets no gradient"
    )
    assert any(line.startswith("not confirmed: with `sum` taken away") for line in found.evidence)
    rows = {row.name: row.status for row in diagnosis.variables}
    assert rows == {"model.a.w": Status.UNKNOWN, "model.b.v": Status.TRAINS}


def test_the_same_accusation_without_a_replay_stays_an_error(
    accuse: Callable[..., None],
) -> None:
    accuse(lambda case: None if case.got_gradient else ("`sum` stops it", impossible("for a test")))
    diagnosis = told(cut())
    found, proof = only(diagnosis)
    assert found.severity is Severity.ERROR
    assert proof == Proof("none", None, None, None, "for a test")
    assert diagnosis.variables[0].status is Status.BROKEN


def test_a_cause_that_knows_no_change_says_so(accuse: Callable[..., None]) -> None:
    accuse(lambda case: None if case.got_gradient else ("it is so", None))
    _, proof = only(told(cut()))
    assert proof.kind == "none" and "no replay is known" in (proof.message or "")


def test_a_used_variable_that_is_called_unused(accuse: Callable[..., None]) -> None:
    from whygrad.causes.undoing import shifted

    accuse(lambda case: ("nothing reads it", shifted(case)), "unused")
    made = recording(NET, [healthy("model.a.w", NET["w"])])
    found, proof = only(told(made))
    assert found.severity is Severity.NOTE and proof.holds is False
    assert "the loss changes from 1.25 to 1.5" in found.message


def test_what_holds_for_a_part_is_split(accuse: Callable[..., None]) -> None:
    two = flow(
        "h = matmul(x, w); z = detach(h) !detached; k = mul(x, u); q = round(k) !not-differentiable;"
        " o = add(z, q); l = sum(o)",
        loss="l",
    )
    made = recording(two, [starved("model.a.w", two["w"]), starved("model.u", two["u"])])
    edge = next(e.number for e in two.graph.edges() if two.graph.ops[e.op].name == "detach")

    def blame(case: Case) -> tuple[str, Undoing | None] | None:
        words = "`.detach()` taken away"
        return "cut", changed(case, 0, words, ChangeKind.OPEN, edges=(edge,))

    accuse(blame)
    diagnosis = told(made)
    first, second = diagnosis.findings
    assert (first.variables, first.severity) == (("model.a.w",), Severity.ERROR)
    assert (second.variables, second.severity) == (("model.u",), Severity.NOTE)
    assert proof_of(first).holds is True and proof_of(second).holds is False
    assert [row.status for row in diagnosis.variables] == [Status.BROKEN, Status.UNKNOWN]


def test_a_fault_in_what_a_cause_wants_undone(accuse: Callable[..., None]) -> None:
    made = recording(NET, [healthy("model.a.w", NET["w"])])
    accuse(lambda case: ("cut", changed(case, 9, "x", ChangeKind.OPEN)), severity=Severity.WARNING)
    found, proof = only(told(made))
    assert found.severity is Severity.WARNING
    assert proof.kind == "none" and "the proof itself failed: IndexError" in (proof.message or "")


def test_a_note_is_not_replayed(accuse: Callable[..., None]) -> None:
    made = cut()
    fake = Fake(made)
    accuse(lambda case: ("so it is", impossible("never asked")), severity=Severity.NOTE)
    assert {f.proof for f in told(made, fake).findings} == {None}
    assert fake.asked == []


def test_a_detach_that_an_op_needs_is_lowered_and_its_edit_withdrawn() -> None:
    made = cut()
    fault = StepFailsError("`f` failed when run again: not differentiable", no_derivative=True)
    found, proof = only(told(made, Fake(made, fault=fault)))
    assert found.severity is Severity.WARNING
    assert (proof.kind, proof.holds) == ("none", None)
    assert proof.message == (
        "with `.detach()` taken away, `f` failed when run again: not differentiable"
    )
    assert found.fix is not None and not found.fix.edits
    assert "ops that have one" in found.fix.message


def test_where_the_step_fails_otherwise_only_the_edit_is_withdrawn() -> None:
    made = cut()
    found, proof = only(told(made, Fake(made, fault=StepFailsError("its backward failed"))))
    assert found.severity is Severity.ERROR and proof.holds is None
    assert found.fix is not None and not found.fix.edits


def test_a_replay_that_does_more_than_an_edit_withdraws_nothing() -> None:
    """Gradient passed straight through an op is no edit; that it fails says nothing of the fix."""
    graph = flow("h = matmul(x, w); z = argmax(h) !not-differentiable; l = sum(z)", loss="l")
    made = recording(graph, [starved("model.a.w", graph["w"])])
    fault = StepFailsError("`argmax` failed when run again", no_derivative=True)
    before = only(told(made))[0]
    found, proof = only(told(made, Fake(made, fault=fault)))
    assert (found.severity, found.fix) == (before.severity, before.fix)
    assert proof.message == "`argmax` failed when run again"
