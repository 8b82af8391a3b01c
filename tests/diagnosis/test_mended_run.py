"""Edits are kept where the second run is better for them; else files are as they were."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from whygrad.diagnosis import mended_run
from whygrad.diagnosis.mended_run import MendedRun
from whygrad.diagnosis.withdrawn import contradicted, told_of_all
from whygrad.model.comparison import Comparison, Outcome
from whygrad.model.errors import InputError
from whygrad.model.finding import Finding, Severity
from whygrad.model.report import (
    ExceptionRow,
    Gradient,
    ModelRow,
    Report,
    Status,
    VariableRow,
)
from whygrad.model.source import Edit, Fix, SourceLocation
from whygrad.runtime.child import Observed

TEXT = "a = 1\nb = 2\n"


@pytest.fixture(autouse=True)
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = Path("train.py")
    path.write_text(TEXT)
    return path


def row(name: str, status: Status, line: int = 1) -> VariableRow:
    place = SourceLocation("train.py", line)
    return VariableRow(
        name, "model", (4,), "float32", True, True, "opt", Gradient.FINITE, 1.0, True, status, place
    )


def edit(line: int, text: str) -> Fix:
    return Fix("write it so", (Edit("train.py", (line, 1), (line, 2), text),))


def finding(
    fix: Fix | None = None, cause: str = "unregistered-tensor", *names: str, line: int = 1
) -> Finding:
    place = SourceLocation("train.py", line, function="Net.__init__")
    names = names or ("model.x",)
    return Finding(cause, Severity.ERROR, "torch", names, "it does not train", place, fix=fix)


def seen(
    x: Status = Status.BROKEN,
    *found: Finding,
    y: Status = Status.TRAINS,
    error: str | None = None,
    steps: int = 3,
    stopped: str = "steps",
) -> Observed:
    exception = ExceptionRow("ValueError", error, None) if error is not None else None
    report = Report(
        "0", "run", steps=steps, exception=exception, findings=found,
        stopped="exception" if error is not None else stopped,
        variables=(row("model.x", x), row("model.y", y)),
    )  # fmt: skip
    status = 1 if error is not None or report.errors else 0
    return Observed(report, ("train.py",), status, f"ValueError: {error}" if error else "")


def tried(*runs: Observed | Callable[[], Observed]) -> Comparison:
    left: Iterator[Observed | Callable[[], Observed]] = iter(runs)

    def observe() -> Observed:
        run = next(left)
        return run if isinstance(run, Observed) else run()

    comparison = MendedRun(observe).tried()
    assert next(left, None) is None, "a run was left over"
    return comparison


BROKEN = seen(Status.BROKEN, finding(edit(1, "c")))


def test_kept_where_a_variable_trains_for_it(script):
    comparison = tried(BROKEN, seen(Status.TRAINS))
    assert comparison.outcome is Outcome.KEPT and script.read_text() == "c = 1\nb = 2\n"
    assert [change.newly_trains for change in comparison.variables()] == [True, False]
    assert len(comparison.gone()) == 1 and comparison.files == ("train.py",)


def test_what_shows_behind_the_first_is_mended_next(script):
    second = seen(Status.BROKEN, finding(edit(2, "d"), "detached"), steps=4)
    comparison = tried(BROKEN, second, seen(Status.TRAINS, steps=4))
    assert comparison.outcome is Outcome.KEPT and script.read_text() == "c = 1\nd = 2\n"
    assert comparison.diff.count("\n+") == 3 and comparison.before is BROKEN.report


@pytest.mark.parametrize(
    "after, why",
    [
        (seen(Status.TRAINS, error="no"), "with them the script fails: ValueError: no"),
        (seen(Status.TRAINS, steps=2, stopped="end"), "gets to 2 training steps and not to 3"),
        (seen(Status.TRAINS, y=Status.BROKEN), "`model.y` would no longer train"),
        (BROKEN, "the run shows the same as without"),
        (seen(Status.BROKEN, finding(), finding(line=2)), "there are 2 errors and not 1"),
    ],
)
def test_taken_back_where_something_is_worse_or_nothing_better(script, after, why):
    before = script.stat().st_mode
    comparison = tried(BROKEN, after)
    assert comparison.outcome is Outcome.RESTORED and why in comparison.message
    assert script.read_text() == TEXT and script.stat().st_mode == before
    assert comparison.now is BROKEN.report and comparison.after is after.report
    assert not comparison.failed and "+c = 1" in comparison.diff


def test_a_step_may_be_counted_otherwise_for_a_second_optimizer(script):
    before = seen(Status.BROKEN, finding(edit(1, "c"), "step-missing"), steps=9)
    assert tried(before, seen(Status.TRAINS, steps=3)).outcome is Outcome.KEPT


def test_an_edit_of_code_that_is_not_run_is_named_as_such(script):
    net = """import torch
from torch import nn
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.beta = torch.randn(4, requires_grad=True)
    def forward(self, x):
        return x * self.beta
"""
    script.write_text(net)
    comparison = tried(seen(Status.TRAINS), seen(Status.TRAINS))
    assert comparison.outcome is Outcome.RESTORED and script.read_text() == net
    assert "+        self.beta = nn.Parameter(torch.randn(4))" in comparison.diff
    assert "`whygrad check --fix` makes edits that no run shows" in comparison.message


def test_a_script_that_failed_may_fail_later(script):
    before = seen(Status.BROKEN, finding(edit(1, "c")), error="early", steps=1)
    comparison = tried(before, seen(Status.BROKEN, error="late", steps=2))
    assert comparison.outcome is Outcome.KEPT and comparison.failed
    assert comparison.said == "ValueError: late" and script.read_text() != TEXT


def test_the_first_edits_stay_where_the_second_are_in_vain(script):
    middle = seen(Status.TRAINS, finding(edit(2, "d"), "grads-not-cleared"))
    comparison = tried(BROKEN, middle, middle)
    assert comparison.outcome is Outcome.KEPT and script.read_text() == "c = 1\nb = 2\n"
    assert comparison.message.startswith("further edits were taken back: ")
    assert comparison.after is middle.report and "+d" not in comparison.diff


@pytest.mark.parametrize("error", [KeyboardInterrupt, InputError])
def test_taken_back_where_the_second_run_comes_to_nothing(script, error):
    def interrupted() -> Observed:
        assert script.read_text() != TEXT
        raise error

    with pytest.raises(error):
        tried(BROKEN, interrupted)
    assert script.read_text() == TEXT


def test_all_files_or_none(script, monkeypatch):
    other = Path("other.py")
    other.write_text(TEXT)
    both = Fix("in two files", (*edit(1, "c").edits, Edit("other.py", (1, 1), (1, 2), "c")))

    def refused(path: Path, data: bytes) -> None:
        if path == other:
            raise PermissionError(13, "Permission denied")
        path.write_bytes(data)

    monkeypatch.setattr(mended_run, "write_bytes", refused)
    with pytest.raises(
        InputError, match="cannot edit `.*`: it cannot be written .Permission denied"
    ):
        tried(seen(Status.BROKEN, finding(both)))
    assert (script.read_text(), other.read_text()) == (TEXT, TEXT)


def test_what_somebody_wrote_meanwhile_is_left(script):
    def saved() -> Observed:
        script.write_text("z = 1\n")
        return BROKEN

    comparison = tried(BROKEN, saved)
    assert script.read_text() == "z = 1\n"
    assert comparison.message.endswith("; `train.py` was changed meanwhile")


def test_nothing_is_written_where_there_is_no_edit(script):
    comparison = tried(seen(Status.BROKEN, finding()))
    assert comparison.outcome is Outcome.NOTHING and script.read_text() == TEXT
    assert comparison.gone() == ()


def source(cause: str, *names: str, line: int = 1) -> Finding:
    return finding(None, cause, *names, line=line)


def test_a_finding_of_the_source_is_withdrawn_where_the_run_shows_that_it_trains():
    report = Report(
        "0", "run", models=(ModelRow("model", "Net", "torch", None),),
        variables=(row("model.x", Status.TRAINS), row("model.y.weight", Status.BROKEN, 2)),
    )  # fmt: skip
    assert contradicted(source("unregistered-tensor", "self.other", line=1), report)
    assert contradicted(source("detached", "self.x", line=9), report)
    assert contradicted(source("stale-optimizer", "model.x", line=9), report)
    # It does not train, is not known to the run, or the finding does not say that it would not.
    assert not contradicted(source("unregistered-tensor", "self.y", line=2), report)
    assert not contradicted(source("detached", "self.y", line=9), report)
    assert not contradicted(source("detached", "self.z", line=9), report)
    assert not contradicted(source("frozen", "self.x", line=9), report)
    assert not contradicted(source("grads-not-cleared", "model.x", line=9), report)


def test_where_source_and_run_differ_about_the_place_the_runs_edit_is_taken():
    report = Report(
        "0", "run",
        variables=(row("net.a.weight", Status.BROKEN), row("net.b.weight", Status.BROKEN)),
        findings=(finding(edit(2, "d = 2"), "detached", "net.a.weight", line=2),),
    )  # fmt: skip
    assert told_of_all(source("detached", "net.a"), report)
    # Another cause, another variable, one that the run does not know.
    assert not told_of_all(source("grad-disabled", "net.a"), report)
    assert not told_of_all(source("detached", "net.a", "net.b"), report)
    assert not told_of_all(source("detached", "other"), report)


def test_of_an_interrupted_run_nothing_is_left_of_earlier_rounds_either(script):
    def interrupted() -> Observed:
        assert script.read_text() == "c = 1\nd = 2\n"
        raise KeyboardInterrupt

    middle = seen(Status.TRAINS, finding(edit(2, "d")))
    with pytest.raises(KeyboardInterrupt):
        tried(BROKEN, middle, interrupted)
    assert script.read_text() == TEXT


def test_what_somebody_wrote_before_the_interrupt_is_left(script):
    def interrupted() -> Observed:
        script.write_text("z = 1\n")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        tried(BROKEN, interrupted)
    assert script.read_text() == "z = 1\n"
