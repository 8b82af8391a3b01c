"""`whygrad check` as a person uses it: on files, with its options, its settings and its fixes."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.checking import BROKEN, MENDED, called, notebook

pytestmark = pytest.mark.usefixtures("folder")


def test_an_error_is_status_1_with_its_place(capsys):
    Path("net.py").write_text(BROKEN)
    status, out, err = called(capsys)
    assert (status, err) == (1, "")
    assert "net.py:8:9: error[unregistered-container]" in out
    assert "net.py:9:9: error[unregistered-tensor]" in out
    assert out.endswith("whygrad: 2 errors\n")


def test_nothing_found_is_one_line(capsys):
    Path("net.py").write_text(MENDED)
    assert called(capsys) == (0, "whygrad: nothing found\n", "")
    assert called(capsys, "net.py") == (0, "whygrad: nothing found\n", "")


def test_fixing_writes_what_it_shows_and_nothing_the_second_time(capsys):
    file = Path("net.py")
    file.write_text(BROKEN)
    status, out, _ = called(capsys, "--diff")
    assert status == 1 and file.read_text() == BROKEN
    shown = [line[1:] for line in out.splitlines() if line.startswith("+ ")]
    status, out, _ = called(capsys, "--fix")
    assert status == 0 and file.read_text() == MENDED
    assert "fixed: 2 findings are no longer there" in " ".join(out.split())
    assert shown and set(shown) <= set(MENDED.splitlines())
    called(capsys, "--fix")
    assert file.read_text() == MENDED


def test_fixing_keeps_encoding_line_ends_and_permissions(capsys):
    file = Path("net.py")
    text = "# -*- coding: latin-1 -*-\r\n# caf\xe9\r\n" + BROKEN.replace("\n", "\r\n")
    file.write_bytes(text.encode("latin-1"))
    file.chmod(0o754)
    assert called(capsys, "--fix")[0] == 0
    head = "# -*- coding: latin-1 -*-\r\n# caf\xe9\r\n"
    assert file.read_bytes() == (head + MENDED.replace("\n", "\r\n")).encode("latin-1")
    assert file.stat().st_mode & 0o777 == 0o754


def test_a_bom_stays(capsys):
    Path("net.py").write_bytes(b"\xef\xbb\xbf" + BROKEN.encode())
    assert called(capsys, "--fix")[0] == 0
    assert Path("net.py").read_bytes() == b"\xef\xbb\xbf" + MENDED.encode()


def test_standard_input_is_fixed_to_standard_output(capsys, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO(BROKEN))
    status, out, _ = called(capsys, "--stdin-filename", "net.py", "--fix")
    assert (status, out) == (0, MENDED)
    assert not Path("net.py").exists()


def test_standard_input_sees_the_files_beside_it(capsys, monkeypatch):
    Path("base.py").write_text("from torch import nn\nclass Base(nn.Module):\n    pass\n")
    text = BROKEN.replace("from torch import nn\n", "from torch import nn\nfrom base import Base\n")
    monkeypatch.setattr(sys, "stdin", io.StringIO(text.replace("nn.Module)", "Base)")))
    status, out, _ = called(capsys, "--stdin-filename", "net.py", "--format", "json")
    found = {finding["cause"] for finding in json.loads(out)["findings"]}
    assert (status, found) == (1, {"unregistered-container", "unregistered-tensor"})


def test_causes_are_picked(capsys):
    Path("net.py").write_text(BROKEN)
    assert "unregistered-tensor" not in called(capsys, "--select", "unregistered-container")[1]
    assert "unregistered-tensor" not in called(capsys, "--ignore", "unregistered-tensor")[1]
    both = "unregistered-tensor, unregistered-container"
    assert called(capsys, "--ignore", both)[0] == 0


@pytest.mark.parametrize("option", ["--select", "--ignore"])
def test_an_unknown_cause_is_one_line(capsys, option):
    status, out, err = called(capsys, option, "unregistered-tensr")
    assert (status, out) == (2, "")
    assert err.strip().endswith("did you mean `unregistered-tensor`?")


def test_a_path_that_is_not_there_is_one_line(capsys):
    status, _, err = called(capsys, "nowhere.py")
    assert (status, err) == (2, "whygrad: there is no file or folder `nowhere.py`\n")


def test_ignores_silence_and_the_idle_ones_are_told(capsys):
    text = BROKEN.replace("requires_grad=True)", "requires_grad=True)  # whygrad: ignore")
    text = text.replace("range(3)]", "range(3)]  # whygrad: ignore[unregistered-container]")
    text = text.replace("* self.beta", "* self.beta  # whygrad: ignore[non-leaf-parameter]")
    Path("net.py").write_text(text)
    status, out, _ = called(capsys)
    assert status == 0 and "error" not in out
    assert "net.py:14:31: `# whygrad: ignore[non-leaf-parameter]` silences nothing" in out


@pytest.mark.parametrize(
    ("comment", "told"),
    [
        ("ignore[unregistered-tensr]", "there is no cause `unregistered-tensr`; did you mean"
         " `unregistered-tensor`?"),
        ("ignore[]", "names no cause, so it silences nothing"),
        ("ignore", "silences nothing that source shows; take it out, unless it is for a run"),
    ],
)  # fmt: skip
def test_ignores_that_cannot_be_meant_so_are_told(capsys, comment, told):
    line = "        return x * self.beta"
    Path("net.py").write_text(MENDED.replace(line, f"{line}  # whygrad: {comment}"))
    status, out, _ = called(capsys)
    assert status == 0 and f"- net.py:14:31: `# whygrad: {comment}`" in out
    assert told in " ".join(out.split())
    narrow = called(capsys, "--select", "detached")[1]
    assert ("net.py:14" in narrow) == (comment != "ignore")


def test_the_line_that_is_told_for_an_ignore_can_have_a_comment(capsys):
    text = BROKEN.replace("self.beta = ", "self.beta = \\\n            ")
    text = text.replace("[nn.Linear(4, 4) for", '[nn.Linear(4, 4, """\n""") for')
    Path("net.py").write_text(text)
    for _ in range(2):
        out = " ".join(called(capsys)[1].split())
        cause, line = re.findall(r"put `# whygrad: (.*?)` at the end of line (\d+)", out)[0]
        lines = Path("net.py").read_text().splitlines()
        lines[int(line) - 1] += f"  # whygrad: {cause}"
        Path("net.py").write_text("\n".join(lines) + "\n")
    assert called(capsys) == (0, "whygrad: nothing found\n", "")


def test_an_ignore_of_what_only_a_run_sees_is_no_idle_one(capsys):
    line = "        return x * self.beta"
    Path("net.py").write_text(MENDED.replace(line, f"{line}  # whygrad: ignore[vanishing]"))
    assert called(capsys) == (0, "whygrad: nothing found\n", "")


def test_statistics(capsys):
    Path("net.py").write_text(BROKEN)
    status, out, _ = called(capsys, "--statistics")
    lines = ["1  unregistered-container (error)", "1  unregistered-tensor (error)", "2 in all"]
    assert (status, sorted(out.splitlines())) == (1, sorted(lines))


def test_settings_of_the_project(capsys):
    Path("net.py").write_text(BROKEN)
    Path("old").mkdir()
    Path("old/net.py").write_text(BROKEN)
    settings = '[tool.whygrad]\nexclude = ["old/"]\nignore = ["unregistered-tensor"]\n'
    Path("pyproject.toml").write_text(settings)
    status, out, _ = called(capsys, "--format", "json")
    found = [(f["cause"], f["location"]["path"]) for f in json.loads(out)["findings"]]
    assert (status, found) == (1, [("unregistered-container", "net.py")])
    assert called(capsys, "--ignore", "unregistered-container", "net.py")[0] == 1


@pytest.mark.parametrize(
    "text",
    [
        "[tool.whygrad]\nselct = []\n",
        "[tool.whygrad]\nselect = 3\n",
        "[tool.whygrad]\nignore = ['nope']\n",
        "[tool.whygrad]\nbaseline = []\n",
        "[tool\n",
        "tool = {whygrad = 3}\n",
    ],
)
def test_bad_settings_are_one_line_that_names_the_file(capsys, text):
    Path("pyproject.toml").write_text(text)
    status, out, err = called(capsys)
    assert (status, out) == (2, "") and "pyproject.toml" in err and err.count("\n") == 1


def test_settings_of_other_tools_are_nothing_to_us(capsys):
    Path("pyproject.toml").write_text("[tool.black]\nline-length = 100\n")
    assert called(capsys)[0] == 0


def test_a_file_that_is_not_python_is_one_line_and_the_rest_goes_on(capsys):
    Path("bad.py").write_text("import torch\ndef (:\n")
    Path("net.py").write_text(BROKEN)
    status, out, _ = called(capsys)
    assert status == 1 and "- bad.py: is not Python" in out and "net.py:8:9" in out


def test_a_notebook_is_told_by_cell(capsys):
    Path("net.ipynb").write_text(notebook())
    status, out, _ = called(capsys, "--format", "json")
    places = [f["location"] for f in json.loads(out)["findings"]]
    assert status == 1
    assert sorted((p["path"], p["line"]) for p in places) == [
        ("net.ipynb:cell 3", 4),
        ("net.ipynb:cell 3", 5),
    ]


@pytest.mark.parametrize(
    "style",
    [
        {"indent": 1, "ensure_ascii": False},
        {"indent": 1},
        {"indent": 2, "ensure_ascii": False},
        {},
        {"separators": (",", ":")},
    ],
)
@pytest.mark.parametrize("end", ["\n", ""])
def test_fixing_a_notebook_changes_the_lines_it_tells_and_no_other_byte(capsys, style, end):
    file = Path("net.ipynb")
    file.write_text(notebook(**style) + end, encoding="utf-8")
    before = file.read_text(encoding="utf-8")
    diff = called(capsys, "--diff")[1]
    assert "+++ net.ipynb:cell 3" in diff and "+        self.blocks = nn.ModuleList(" in diff
    assert file.read_text(encoding="utf-8") == before
    status, out, _ = called(capsys, "--fix")
    assert status == 0 and "fixed: 2 findings" in out
    old, new = (line.strip() for line in BROKEN.splitlines() if "self.beta = " in line), []
    changed = file.read_text(encoding="utf-8")
    for line in (x for x in MENDED.splitlines() if x not in BROKEN.splitlines()):
        new.append(line.strip())
        assert line in changed
    back = changed.replace(new[0], "self.blocks = [nn.Linear(4, 4) for _ in range(3)]")
    assert back.replace(new[1], next(old)) == before


def test_a_notebook_written_in_a_way_of_its_own_is_left_alone(capsys):
    text = notebook(indent=1).replace('"nbformat": 4', '"nbformat" : 4')
    Path("net.ipynb").write_text(text)
    status, out, _ = called(capsys, "--fix")
    assert status == 1 and "whygrad: 2 errors" in out
    assert Path("net.ipynb").read_text() == text


@pytest.mark.skipif(sys.platform == "win32", reason="no terminals to make up")
@pytest.mark.parametrize("terminal", [True, False])
def test_work_that_takes_long_shows_a_sign_of_life_on_a_terminal(folder, terminal):
    import os

    for i in range(320):
        (folder / f"net{i}.py").write_text(MENDED)
    command = [sys.executable, "-m", "whygrad", "check", "--no-cache"]
    ours, theirs = os.openpty() if terminal else os.pipe()
    run = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stderr=theirs, check=False)
    os.set_blocking(ours, False)
    os.write(theirs, b"|end")
    told = os.read(ours, 100_000)
    os.close(ours)
    os.close(theirs)
    assert run.returncode == 0 and b"reading" not in run.stdout
    assert (b"reading 320 files" in told) == terminal
    assert terminal or told == b"|end"


def test_a_rule_that_fails_is_told_and_the_others_go_on(capsys, monkeypatch):
    from whygrad.causes.registration import in_source

    def fails(project, sort):
        raise RuntimeError("two\nlines")

    monkeypatch.setattr(in_source, "untracked", fails)
    Path("net.py").write_text(BROKEN)
    status, out, _ = called(capsys, "--no-cache")
    assert status == 0
    assert "`unregistered-container` was not looked for in source: whygrad failed" in out
    assert "(RuntimeError: two lines)" in out.replace("\n  ", " ")


def test_nothing_is_imported_or_run(folder):
    text = "import sys\nsys.exit('ran')\n" + BROKEN
    (folder / "net.py").write_text(text)
    code = (
        "import sys; from whygrad.cli import main; status = main(['check']);"
        " assert 'torch' not in sys.modules; sys.exit(status)"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=False
    )
    assert run.returncode == 1 and "unregistered-container" in run.stdout, run.stderr


def test_what_code_scanning_reads_is_well_formed(capsys):
    sarif = pytest.importorskip("sarif_pydantic")
    Path("net.py").write_text(BROKEN)
    log = sarif.Sarif.model_validate_json(called(capsys, "--format", "sarif")[1])
    first = log.runs[0].results[0]
    assert first.rule_id == "unregistered-tensor"
    assert first.locations[0].physical_location.region.start_line == 9


def test_a_second_look_sees_what_has_changed(capsys, monkeypatch, tmp_path):
    site = tmp_path / "site-packages"
    (site / "things").mkdir(parents=True)
    (site / "things" / "__init__.py").write_text("class Base:\n    pass\n")
    monkeypatch.syspath_prepend(str(site))
    from whygrad.source.project.layout import installed_folders

    installed_folders.cache_clear()
    text = BROKEN.replace("class Net(nn.Module)", "class Net(Base)")
    Path("net.py").write_text(
        text.replace("import torch\n", "import torch\nfrom things import Base\n")
    )
    assert called(capsys)[0] == 0
    assert called(capsys)[0] == 0
    base = "from torch import nn\nclass Base(nn.Module):\n    pass\n"
    (site / "things" / "__init__.py").write_text(base)
    assert called(capsys)[0] == 1, "a base in an installed package has changed"
    Path("net.py").write_text(MENDED)
    assert called(capsys)[0] == 0, "the file itself has changed"
    Path("net.py").write_text(BROKEN)
    first = called(capsys)
    assert called(capsys) == first == called(capsys, "--no-cache")
    installed_folders.cache_clear()
