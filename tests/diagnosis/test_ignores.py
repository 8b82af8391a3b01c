"""What a person said is meant is silent, and what they said in vain is reported."""

from __future__ import annotations

from pathlib import Path

from tests.flows import flow, observed, recording, variable
from whygrad.diagnosis.diagnose import diagnose
from whygrad.source.files import Sources

CUT = flow("h = matmul(x, w); z = detach(h) !detached; l = sum(z)", loss="l")


def _told(folder: Path, second_line: str) -> tuple[list[str], tuple[str, ...]]:
    (folder / "train.py").write_text(f"h = x @ w\n{second_line}\nl = z.sum()\n" + "\n" * 97)
    weight = variable("model.w", steps=(observed(CUT["w"], "none"),) * 3)
    told = diagnose([recording(CUT, [weight])], Sources(folder))
    return [found.cause for found in told.findings], told.notices


def test_an_ignore_silences(tmp_path: Path) -> None:
    assert _told(tmp_path, "z = h.detach()  # whygrad: ignore[detached]") == ([], ())


def test_an_ignore_of_another_cause_is_reported(tmp_path: Path) -> None:
    causes, notices = _told(tmp_path, "z = h.detach()  # whygrad: ignore[unused]")
    assert causes == ["detached"]
    assert any("train.py:2" in notice and "silences nothing" in notice for notice in notices)


def test_an_ignore_of_a_cause_that_there_is_not_is_told_as_that(tmp_path: Path) -> None:
    causes, notices = _told(tmp_path, "z = h.detach()  # whygrad: ignore[detachd]")
    assert causes == ["detached"]
    said = "there is no cause `detachd`; did you mean `detached`?"
    assert [notice for notice in notices if "detachd" in notice] == [
        f"train.py:2:17: `# whygrad: ignore[detachd]`: {said}"
    ]
