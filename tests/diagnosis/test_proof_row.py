"""Several nan-makers in a row: each is told, in order, and proved together with the others."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from tests.diagnosis.test_numerics import kinded, made_bad, numbers, sick
from tests.flows import Flow
from whygrad.diagnosis.diagnose import Diagnosis, diagnose
from whygrad.flow.probe import Bad, Numbers
from whygrad.flow.recording import Recording
from whygrad.flow.replaying import Change, ChangeKind, Replayed, Update
from whygrad.model.finding import Severity
from whygrad.model.report import Status

ROW = "p = linear(x, w); q = log(p); r = sqrt(q); s = acos(r); l = mean(s)"


@dataclass
class Rows:
    """Finite once all ops that are bad are kept safe; each uncovers the next that is left."""

    recording: Recording
    net: Flow
    bad: Sequence[str]
    told: bool = True
    """Whether more than the number of the next op is given."""
    numbers: Numbers = numbers(zeros=3, low=-2.0, high=1.0)  # noqa: RUF009
    asked: int = 0

    def steps(self) -> Sequence[int]:
        return (0,)

    def replay(
        self,
        step: int,
        wanted: Sequence[int],
        changes: Sequence[Change] = (),
        update: Update | None = None,
    ) -> Replayed:
        graph = self.net.graph
        self.asked += bool(changes)
        safe = {
            graph.ops[graph.edge_ops[e]].name
            for c in changes
            if c.kind is ChangeKind.SAFE
            for e in c.edges
        }
        left = [name for name in self.bad if name not in safe]
        norms = dict.fromkeys(wanted, math.nan if left else 2.0)
        if not changes or not left or self.bad[0] not in safe:
            return Replayed(norms, (math.nan,))
        op = next(n for n, one in enumerate(graph.ops) if one.name == left[0])
        edge = graph.edge_ops.index(op)
        operand = graph.sources[edge]
        bad = Bad(op, True, edge, 3, 0, 64, (operand,))
        known = {operand: self.numbers}
        if left[0] in safe or not self.told:
            return Replayed(norms, (math.nan,), next_bad=op)
        return Replayed(norms, (math.nan,), next_bad=op, bad=bad, numbers=known)

    def release(self) -> None:
        pass


def told(*bad: str, text: str = ROW, **facts: object) -> tuple[Diagnosis, Rows]:
    net = kinded(text)
    made = sick(net, made_bad(net, "log", {"p": numbers(zeros=3, low=0.0)}))
    rows = Rows(made, net, bad, **facts)  # type: ignore[arg-type]
    return diagnose([made], replayers=[rows]), rows


def test_one_alone_is_proved_as_ever() -> None:
    diagnosis, rows = told("log")
    (found,) = diagnosis.findings
    assert found.proof is not None and found.proof.holds is True
    assert found.proof.gradient_norm_after == 2.0
    assert rows.asked == 1


def test_two_in_a_row_are_told_in_order_and_proved_together() -> None:
    diagnosis, _ = told("log", "sqrt")
    first, second = diagnosis.findings
    assert [f.severity for f in diagnosis.findings] == [Severity.ERROR] * 2
    assert [f.location.line for f in diagnosis.findings if f.location] == [2, 3]
    assert "still not finite once `log` (train.py:2) is mended: `sqrt`" in second.message
    for found in (first, second):
        assert found.variables == ("model.w",)
        assert found.proof is not None and found.proof.holds is True
        assert math.isnan(found.proof.gradient_norm_before or 0.0)
        assert found.proof.gradient_norm_after == 2.0
    assert first.proof is not None and "`sqrt` (train.py:3" in (first.proof.message or "")
    assert [row.status for row in diagnosis.variables] == [Status.BROKEN]


def test_of_three_each_names_the_next() -> None:
    diagnosis, _ = told("log", "sqrt", "acos")
    assert [f.location.line for f in diagnosis.findings if f.location] == [2, 3, 4]
    messages = [f.proof.message or "" for f in diagnosis.findings if f.proof]
    assert "`sqrt`" in messages[0] and "`acos`" in messages[1]
    assert all(f.proof and f.proof.holds for f in diagnosis.findings)


def test_a_row_that_goes_on_is_an_error_without_a_proof() -> None:
    """The first op is mended; that it is all there is to it was not shown."""
    diagnosis, _ = told("log", "sqrt", "acos", "mean")
    assert [f.location.line for f in diagnosis.findings if f.location] == [2, 3, 4]
    for found in diagnosis.findings:
        assert found.severity is Severity.ERROR
        assert found.proof is not None
        assert (found.proof.kind, found.proof.holds) == ("none", None)
        assert "makes the first one" in (found.proof.message or "")


def test_a_backend_that_knows_only_the_next_op() -> None:
    diagnosis, _ = told("log", "sqrt", told=False)
    (found,) = diagnosis.findings
    assert found.severity is Severity.ERROR
    assert found.proof is not None and found.proof.holds is None
    assert "`sqrt` (train.py:3" in (found.proof.message or "")


def test_the_wrong_op_uncovers_nothing_and_is_lowered() -> None:
    diagnosis, _ = told("sqrt")
    (found,) = diagnosis.findings
    assert found.severity is Severity.NOTE
    assert found.proof is not None and found.proof.holds is False


@pytest.mark.parametrize(("op", "high"), [("mm", 1e30), ("exp", 200.0)])
def test_numbers_that_the_mend_itself_may_have_made_large_are_a_note(op: str, high: float) -> None:
    text = f"p = linear(x, w); q = log(p); r = {op}(q); l = mean(r)"
    diagnosis, _ = told("log", op, text=text, numbers=numbers(high=high))
    first, second = diagnosis.findings
    assert (first.severity, second.severity) == (Severity.ERROR, Severity.NOTE)
    assert first.proof is not None and first.proof.holds is True
