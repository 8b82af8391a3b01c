"""A notebook in every form of report: its file, the cell, the line, and what is to be written."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.cli.checking import BROKEN, called, notebook
from whygrad.source.project.cells import cell_text, line_in_file

pytestmark = pytest.mark.usefixtures("folder")

PLACES = {4: "unregistered-container", 5: "unregistered-tensor"}
"""Lines of the third cell, which is not the first with code."""


@pytest.fixture(params=[{"indent": 1}, {"indent": 2, "ensure_ascii": False}, {}], ids=str)
def file(request: pytest.FixtureRequest) -> Path:
    path = Path("net.ipynb")
    path.write_text(notebook(**request.param), encoding="utf-8")
    return path


def line_told(file: Path, line: int) -> int:
    """The line of the file in which a line of the cell is seen; 1 where all is one line."""
    source = cell_text(file, 3).splitlines()[line - 1]
    lines = file.read_text(encoding="utf-8").splitlines()
    (number,) = (n for n, text in enumerate(lines, 1) if json.dumps(source)[1:-1] in text)
    return number


def test_github_shows_it_at_the_line_of_the_file(capsys, file):
    out = called(capsys, "--format", "github")[1]
    told = re.findall(r"::error file=([^,]*),line=(\d+),title=whygrad%3A ([\w-]+)::(.*?): ", out)
    assert sorted(told, key=lambda one: one[3]) == [
        ("net.ipynb", str(line_told(file, line)), cause, f"cell 3, line {line}")
        for line, cause in PLACES.items()
    ]


def test_code_scanning_gets_a_file_that_there_is(capsys, file):
    run = json.loads(called(capsys, "--format", "sarif")[1])["runs"][0]
    told = {}
    for result in run["results"]:
        physical = result["locations"][0]["physicalLocation"]
        assert physical["artifactLocation"] == {"uri": "net.ipynb"} and "fixes" not in result
        told[result["ruleId"]] = physical["region"], result["message"]["text"].partition(":")[0]
    assert told == {
        cause: ({"startLine": line_told(file, line)}, f"cell 3, line {line}")
        for line, cause in PLACES.items()
    }


@pytest.mark.parametrize("form", ["terminal", "markdown"])
def test_the_edit_is_shown(capsys, file, form):
    out = called(capsys, "--format", form)[1]
    assert "nn.ModuleList([nn.Linear(4, 4) for _ in range(3)])" in out
    before = "- " if form == "terminal" else "-"
    assert f"{before}        self.blocks = [nn.Linear(4, 4) for _ in range(3)]" in out


def test_all_places_are_told_by_cell(capsys, file):
    findings = json.loads(called(capsys, "--format", "json")[1])["findings"]
    said = " ".join(line for finding in findings for line in finding["evidence"])
    assert "net.ipynb:cell 3:8:22" in said and "net.ipynb:cell 3:10:20" in said
    assert not re.search(r"net\.ipynb:\d", said)


def test_a_line_of_a_notebook_that_has_none(tmp_path):
    file = tmp_path / "net.ipynb"
    for text in ("", "[]", "{}", notebook(), notebook(indent=1).replace('": 4', '" : 4')):
        file.write_text(text)
        assert line_in_file(file, 3, 1) is None
    file.write_text(notebook(indent=1))
    assert line_in_file(file, 3, 1000) is line_in_file(file, 30, 1) is None
    assert line_in_file(tmp_path / "nowhere.ipynb", 1, 1) is None


def test_names_of_files_are_spelt_as_a_uri(capsys):
    import os

    names = {"a:b.py": "a%3Ab.py", "c d%.py": "c%20d%25.py", "bad\udcff.py": "bad%FF.py"}
    for name in names:
        Path(os.fsdecode(os.fsencode(name))).write_text(BROKEN)
    here = Path().absolute().as_posix()
    for given, start in ((".", ""), (here, f"file://{here}/")):
        run = json.loads(called(capsys, given, "--format", "sarif")[1])["runs"][0]
        uris = {
            r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for r in run["results"]
        }
        assert uris == {start + uri for uri in names.values()}


def test_notices_are_annotations_too(capsys):
    Path("bad.py").write_text("import torch\ndef (:\n")
    Path("net.py").write_text("import torch\nx = 1  # whygrad: ignore[detached]\n")
    out = called(capsys, "--format", "github")[1]
    assert "::warning file=bad.py,line=1,title=whygrad::is not Python: " in out
    idle = (
        "::warning file=net.py,line=2,col=8,title=whygrad::`# whygrad: ignore[detached]` silences"
    )
    assert idle in out
