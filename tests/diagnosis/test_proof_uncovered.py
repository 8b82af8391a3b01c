"""Zero in a row with zero: what a replay uncovers is told, and tried with the first and without."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from tests.diagnosis.test_zero import ABOVE, DIED, FINE, GONE, MIXED, ONES, ZEROS, Made
from whygrad.diagnosis.diagnose import Diagnosis, diagnose
from whygrad.flow.probe import Probe
from whygrad.flow.recording import Recording
from whygrad.flow.replaying import Change, Replayed, Update
from whygrad.model.finding import Severity

SCORED = "h = linear(x, w); p = softmax(h); c = clamp(p); l = mse(c, y)"
TWICE = "h = linear(x, w); s = sigmoid(h); o = linear(s, v); r = relu(o); l = mse(r, y)"


@dataclass
class Steps:
    """Gradient comes once an edge into each of `held` was changed; each change is measured."""

    recording: Recording
    held: Sequence[str]
    probe: Probe
    """Of the step in which the first of them was taken away."""
    norm: float = 2.0
    learns: Sequence[int] = ()
    """Values that get gradient from the first change on."""
    asked: list[frozenset[str]] = field(default_factory=list)

    def steps(self) -> Sequence[int]:
        return (0, 1, 2)

    def replay(
        self,
        step: int,
        wanted: Sequence[int],
        changes: Sequence[Change] = (),
        update: Update | None = None,
    ) -> Replayed:
        graph = self.recording.steps[step].graph
        taken = frozenset(graph.ops[graph.edge_ops[e]].name for c in changes for e in c.edges)
        self.asked.append(taken)
        norms = {
            value: self.norm if taken >= set(self.held) or (taken and value in self.learns) else 0.0
            for value in wanted
        }
        first = taken and 0.0 in norms.values()
        return Replayed(norms, (1.0,), probe=self.probe if first else None)

    def release(self) -> None:
        pass


def scored() -> tuple[Recording, Probe]:
    """A clamp behind a softmax over one entry: the gradient is seen to die at the clamp."""
    died = {"p>c": DIED, "h>p": GONE, "w>h": GONE}
    first = Made(SCORED, died, numbers={"p": ONES, "c": ONES, "h": MIXED})
    behind = {"p>c": FINE, "h>p": DIED, "w>h": GONE}
    then = Made(SCORED, behind, numbers={"h": MIXED, "p": ONES}, axis={1: 1})
    return first.run(), then.probe


def told(made: Recording, steps: Steps) -> Diagnosis:
    return diagnose([made], replayers=[steps])


def test_a_constant_output_behind_a_clamp_leads() -> None:
    made, probe = scored()
    steps = Steps(made, ("clamp", "softmax"), probe)
    second, first = told(made, steps).findings
    assert (second.cause, second.severity) == ("constant-output", Severity.ERROR)
    assert second.variables == ("model.w",)
    assert second.location is not None and second.location.line == 2
    assert second.proof is not None and second.proof.holds is True
    assert "together with the other finding" in (second.proof.message or "")
    assert (first.cause, first.severity) == ("saturated", Severity.NOTE)
    assert "that comes of the other finding (train.py:2)" in first.message
    assert {"clamp"} in steps.asked and {"softmax"} in steps.asked


def test_where_the_second_alone_is_enough_the_first_falls() -> None:
    made, probe = scored()
    second, first = told(made, Steps(made, ("softmax",), probe)).findings
    assert second.cause == "constant-output"
    assert second.proof is not None and "alone" in (second.proof.message or "")
    assert first.severity is Severity.NOTE and "not confirmed" in first.message
    assert first.proof is not None and first.proof.holds is False


def test_what_does_not_help_either_is_not_told() -> None:
    made, probe = scored()
    (found,) = told(made, Steps(made, ("clamp", "softmax", "linear"), probe)).findings
    assert found.cause == "saturated" and found.severity is Severity.NOTE


def test_without_a_measured_replay_it_is_as_ever() -> None:
    made, probe = scored()
    (found,) = told(made, Steps(made, ("clamp", "softmax"), replace(probe, edges={}))).findings
    assert found.severity is Severity.NOTE and "not confirmed" in found.message


def test_of_two_dead_in_a_row_the_first_holds_for_what_lies_between() -> None:
    died = {"o>r": DIED, "s>o": GONE, "v>o": GONE, "h>s": GONE, "w>h": GONE}
    first = Made(TWICE, died, numbers={"o": replace(ABOVE, low=-3.0, high=-1.0), "r": ZEROS})
    behind = {"o>r": FINE, "s>o": FINE, "v>o": FINE, "h>s": DIED, "w>h": GONE}
    then = Made(TWICE, behind, numbers={"h": ABOVE, "s": ONES})
    made = first.run(dead="wv")
    steps = Steps(made, ("relu", "sigmoid"), then.probe, learns=(first.flow["v"],))
    above, below = told(made, steps).findings
    assert (above.cause, above.severity) == ("dead-activation", Severity.ERROR)
    assert set(above.variables) == {"model.w", "model.v"}
    assert above.proof is not None and above.proof.holds is True
    # Seen in one replay of one step, so it is no error.
    assert (below.cause, below.severity) == ("saturated", Severity.WARNING)
    assert below.variables == ("model.w",)
    assert "made" in below.message or "moved" in below.message
    assert below.proof is not None and below.proof.holds is True
