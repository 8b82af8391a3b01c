"""`whygrad fix` as a person uses it: a broken script, its arguments, and what is left of both."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.pairs.pair_format import Pair, pairs
from whygrad.cli import main
from whygrad.model import codec

pytest.importorskip("torch")

SCRIPT = """\
import argparse
import torch
from torch import nn

parser = argparse.ArgumentParser()
parser.add_argument("--dim", type=int, required=True)
parser.add_argument("--fail", action="store_true")
parser.add_argument("--unlisted", action="store_true")
arguments = parser.parse_args()


class Scaled(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.linear = nn.Linear(dim, dim)
        self.beta = torch.randn(dim, requires_grad=True)

    def forward(self, x):
        return self.linear(x) * self.beta


model = Scaled(arguments.dim)
print("it prints", arguments.dim)
if arguments.unlisted:
    assert "beta" not in dict(model.named_parameters()), "beta is listed"
optimizer = torch.optim.Adam(model.parameters(), lr=0.1)
for step in range(2):
    optimizer.zero_grad()
    model(torch.randn(8, arguments.dim)).pow(2).mean().backward()
    optimizer.step()
if arguments.fail:
    raise ValueError("no validation data")
"""
BETA = "torch.randn(dim, requires_grad=True)"
MENDED = SCRIPT.replace(BETA, "nn.Parameter(torch.randn(dim))")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setenv("NO_COLOR", "1")
    return tmp_path


def called(capfd, *arguments: str) -> tuple[int, str, str]:
    status = main(["fix", *arguments])
    out, err = capfd.readouterr()
    return status, out, err


def written(text: str) -> Path:
    path = Path("train.py")
    path.write_bytes(text.encode())
    return path


def as_people_write(pair: Pair, folder: Path) -> Path:
    """The broken program without the marks and mends that stand in its comments."""
    for file in pair.files:
        lines = (pair.folder / file).read_text().splitlines()
        lines = [line for line in lines if not re.match(r"\s*# (fix[:+]|no proof:)", line)]
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        text = "".join(re.sub(r"\s*# <- .*$", "", line) + "\n" for line in lines)
        (folder / file).write_text(text)
    return folder / pair.main


def test_a_script_with_arguments_is_edited_and_the_second_time_there_is_nothing_to_do(capfd):
    script = written(SCRIPT.replace("\n", "\r\n"))
    status, out, err = called(capfd, "train.py", "--dim", "4")
    assert status == 0
    assert script.read_bytes().decode() == MENDED.replace("\n", "\r\n")
    assert re.search(r"^  model\.beta +[\d.]+ -> [\d.]+ +broken -> trains$", out, re.M)
    assert re.search(r"^  model\.linear\.weight +[\d.]+ -> [\d.]+ +trains$", out, re.M)
    assert "gone: train.py:16:9: error[unregistered-tensor] `model.beta`" in out
    last = "whygrad: train.py is edited: 3 of 3 variables train (2 before); no error left\n"
    assert out.endswith(last)
    assert "it prints" not in out + err
    edited = script.read_bytes()
    status, out, _ = called(capfd, "train.py", "--dim", "4")
    assert (status, out) == (0, "whygrad: nothing to fix: 3 of 3 variables train\n")
    assert script.read_bytes() == edited


def test_the_diff_is_what_would_be_written_and_nothing_is(capfd):
    script = written(SCRIPT)
    status, out, _ = called(capfd, "--diff", "train.py", "--dim", "4")
    assert status == 1 and script.read_text() == SCRIPT
    old = [line[1:] for line in out.splitlines() if re.match(r"[ -](?!--)", line)]
    new = [line[1:] for line in out.splitlines() if re.match(r"[ +](?!\+\+)", line)]
    assert out.startswith("--- train.py\n+++ train.py\n@@ ")
    assert SCRIPT.replace("\n".join(old), "\n".join(new)) == MENDED


def test_edits_with_which_the_script_fails_are_taken_back(capfd):
    script = written(SCRIPT)
    status, out, _ = called(capfd, "train.py", "--dim", "4", "--unlisted")
    assert status == 1 and script.read_text() == SCRIPT
    assert out.startswith("tried, and taken back:\n--- train.py\n")
    assert "AssertionError: beta is listed\n" in out and "Traceback" in out
    told = " ".join(out.split())
    assert "left: train.py:16:9: error[unregistered-tensor]" in told
    last = "nothing was changed: with them the script fails: AssertionError: beta is listed"
    assert told.endswith(last)


def test_a_script_that_fails_before_and_after(capfd):
    script = written(SCRIPT)
    status, out, _ = called(capfd, "train.py", "--dim", "4", "--fail")
    assert status == 1 and script.read_text() == MENDED
    assert "ValueError: no validation data\n" in out
    assert re.search(r"^  model\.beta .*broken -> trains$", out, re.M)
    told = " ".join(out.split())
    assert told.endswith("3 of 3 variables train (2 before); the script fails; no error left")


def test_a_script_that_fails_before_it_trains_is_left_alone(capfd):
    script = written("import torch\nraise ValueError('no data')\n")
    status, out, _ = called(capfd, "train.py")
    assert status == 1 and script.read_text().endswith("raise ValueError('no data')\n")
    assert "ValueError: no data\n" in out and "nothing was changed" in out


def test_a_file_that_is_imported_is_edited(capfd, tmp_path):
    (pair,) = (p for p in pairs() if p.id == "unregistered-container/tuple_package")
    as_people_write(pair, tmp_path)
    status, out, _ = called(capfd, "--format", "json", "main.py")
    told = json.loads(out)
    assert (status, told["outcome"], told["files"]) == (0, "kept", ["layers.py"])
    pair.mend(tmp_path / "twin")
    for file in pair.files:
        assert Path(file).read_text() == (tmp_path / "twin" / file).read_text()
    rows = {row["name"]: row for row in told["variables"]}
    first = rows["model.stages.0.0.weight"]
    assert (first["before"]["status"], first["after"]["status"]) == ("broken", "trains")
    assert first["before"]["gradient_norm"] > 0 and first["after"]["gradient_norm"] > 0
    assert [f["cause"] for f in told["before"]["findings"]] == ["unregistered-container"]
    assert told["after"]["findings"] == []
    assert [codec.loads(json.dumps(told[key])).kind for key in ("before", "after")] == ["run"] * 2


def test_an_edit_that_changes_what_is_computed_is_asked_for(capfd, tmp_path):
    (pair,) = (p for p in pairs() if p.id == "grads-not-cleared/never_cleared")
    script = as_people_write(pair, tmp_path)
    text = script.read_text()
    status, out, _ = called(capfd, script.name)
    assert (status, script.read_text()) == (0, text)
    assert "`--unsafe-fixes` has an edit" in out and "there is no safe edit for it" in out
    status, out, _ = called(capfd, "--unsafe-fixes", script.name)
    assert status == 0 and script.read_text().count("optimizer.zero_grad()") == 1
    assert "gone: never_cleared.py:" in out and "warning[grads-not-cleared]" in out


def test_what_cannot_be_run_is_one_line():
    Path("torn.py").write_text("def f(:\n")
    for script in ("none.py", "torn.py"):
        ran = subprocess.run(
            [sys.executable, "-m", "whygrad", "fix", script],
            capture_output=True,
            text=True,
            check=False,
        )
        assert (ran.returncode, ran.stdout) == (2, "")
        assert ran.stderr.splitlines()[-1].startswith("whygrad: ") and script in ran.stderr
        assert "Traceback" not in ran.stderr
