"""Known findings are not told again, from wherever one looks."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest

from tests.cli.checking import BROKEN, MENDED, called

pytestmark = pytest.mark.usefixtures("folder")


def test_a_baseline_holds_what_is_known_whatever_its_line(capsys):
    Path("net.py").write_text(BROKEN)
    assert called(capsys, "--write-baseline", "known.json")[0] == 0
    Path("net.py").write_text("# one more line\n" + BROKEN)
    assert called(capsys, "--baseline", "known.json") == (0, "whygrad: nothing found\n", "")
    again = BROKEN.replace("self.beta =", "self.gamma =").replace("* self.beta", "* self.gamma")
    Path("other.py").write_text(again)
    status, out, _ = called(capsys, "--baseline", "known.json")
    assert status == 1 and "net.py" not in out and "other.py:9" in out


@pytest.mark.parametrize("text", ["", "[]", '{"whygrad_baseline": 1}', '{"whygrad_baseline": 9}'])
def test_a_damaged_baseline_is_one_line(capsys, text):
    Path("known.json").write_text(text)
    status, out, err = called(capsys, "--baseline", "known.json")
    assert (status, out) == (2, "") and "known.json" in err and err.count("\n") == 1


def known_in(folder: Path) -> None:
    (folder / "sub").mkdir()
    (folder / "sub/net.py").write_text(BROKEN)


@pytest.mark.parametrize(
    ("inside", "path"), [(".", "."), ("sub", "."), ("sub", "net.py"), ("..", "project/sub")]
)
@pytest.mark.parametrize("absolute", [True, False])
def test_a_baseline_means_the_same_from_everywhere(
    capsys, folder, monkeypatch, inside, path, absolute
):
    known_in(folder)
    assert called(capsys, "--write-baseline", "known.json")[0] == 0
    (folder / "pyproject.toml").write_text('[tool.whygrad]\nbaseline = "known.json"\n')
    monkeypatch.chdir(folder / inside)
    given = str(Path(path).resolve()) if absolute else path
    assert called(capsys, given) == (0, "whygrad: nothing found\n", "")
    assert called(capsys, given, "--no-cache") == (0, "whygrad: nothing found\n", "")
    monkeypatch.setattr(sys, "stdin", io.StringIO(BROKEN))
    name = str(folder / "sub/net.py")
    assert called(capsys, "--stdin-filename", name) == (0, "whygrad: nothing found\n", "")


@pytest.mark.parametrize("written", [".", "sub"])
def test_a_baseline_of_before_is_still_read(capsys, folder, monkeypatch, written):
    known_in(folder)
    rows = [
        {"cause": f["cause"], "path": f["location"]["path"], "count": 1,
         "function": f["location"]["function"], "source": f["location"]["source"]}
        for f in json.loads(called(capsys, "--format", "json")[1])["findings"]
    ]  # fmt: skip
    text = json.dumps({"whygrad_baseline": 1, "findings": rows})
    (folder / written / "known.json").write_text(text)
    monkeypatch.chdir("sub")
    known = "known.json" if written == "sub" else "../known.json"
    (folder / "pyproject.toml").write_text(f"[tool.whygrad]\nbaseline = '{written}/known.json'\n")
    assert called(capsys) == (0, "whygrad: nothing found\n", "")
    assert called(capsys, "--baseline", known) == (0, "whygrad: nothing found\n", "")


def test_what_a_baseline_holds_and_is_no_longer_there_is_told(capsys, folder):
    known_in(folder)
    Path("other.py").write_text(BROKEN)
    Path("gone.py").write_text(BROKEN)
    called(capsys, "--write-baseline", "known.json")
    Path("pyproject.toml").write_text('[tool.whygrad]\nbaseline = "known.json"\n')
    Path("other.py").write_text(MENDED)
    Path("gone.py").unlink()
    status, out, _ = called(capsys)
    told = "entries of `known.json` are no longer found; write it anew with `--write-baseline`"
    assert status == 0 and f"- 4 {told}" in " ".join(out.split())
    # Of what is not looked at, nothing is said.
    assert "- 2 entries" in called(capsys, "sub")[1]
    assert "- 2 entries" in called(capsys, "--select", "unregistered-container")[1]
    assert "no longer" not in called(capsys, "--select", "vanishing")[1]
    Path("other.py").write_text("import torch\ndef (:\n")
    Path("gone.py").write_text(BROKEN)
    assert "no longer" not in called(capsys)[1]
