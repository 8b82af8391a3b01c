"""`whygrad check` on files that are named, as hooks and editors do: what they import is read."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from whygrad.cli import main
from whygrad.source.project import reading
from whygrad.source.project.project import around_of, read_project

pytestmark = pytest.mark.usefixtures("folder")

LOSSES = """\
import torch


def loss_of(rows):
    return torch.tensor(rows).mean()
"""
TRAIN = """\
import torch
from torch import nn
from losses import loss_of


def run(loader):
    net = nn.Linear(10, 1)
    optimizer = torch.optim.Adam(net.parameters())
    for x, y in loader:
        loss = loss_of([(net(x) - y).pow(2).mean()])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
"""
BASE = "import torch.nn as nn\n\n\nclass Base(nn.Module):\n    pass\n"
NET = """\
import torch
from nets.bases import Base


class Net(Base):
    def __init__(self):
        super().__init__()
        self.w = torch.randn(3, requires_grad=True)

    def forward(self, x):
        return x * self.w
"""


def write(files: dict[str, str]) -> None:
    for name, text in files.items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(text)


def called(capsys, *arguments: str) -> tuple[int, list[tuple[str, str]], str]:
    status = main(["check", "--format", "json", *arguments])
    report = json.loads(capsys.readouterr().out)
    found = [(f["cause"], f["location"]["path"]) for f in report["findings"]]
    return status, found, "\n".join(report["notices"])


def test_a_base_of_the_same_project_is_read(capsys):
    write({"nets/__init__.py": "", "nets/bases.py": BASE, "nets/net.py": NET, "go.py": NET})
    for path in ("nets/net.py", "go.py", str(Path("go.py").absolute())):
        assert called(capsys, path) == (1, [("unregistered-tensor", path)], "")
    os.chdir("nets")
    assert called(capsys, "net.py")[:2] == (1, [("unregistered-tensor", "net.py")])


@pytest.mark.parametrize("mark", ["pyproject.toml", "setup.py", ".git/HEAD"])
def test_a_base_is_found_from_the_root_of_the_project_and_below_src(capsys, mark, tmp_path):
    write({mark: "", "src/nets/__init__.py": "", "src/nets/bases.py": BASE, "jobs/a/go.py": NET})
    path = str(Path("jobs/a/go.py").absolute())
    os.chdir(tmp_path)  # not from where we are
    assert called(capsys, path)[0] == 1
    Path("project", mark).unlink()
    if mark.startswith(".git"):
        Path("project", ".git").rmdir()
    assert called(capsys, "--no-cache", path)[0] == 1, "it lies below where we are"
    os.chdir("cache")
    assert called(capsys, "--no-cache", path)[0] == 0, "nothing says where the project begins"


def test_a_folder_that_is_named_is_read_with_what_its_files_import(capsys):
    write({"nets/__init__.py": "", "nets/bases.py": BASE, "jobs/go.py": NET})
    assert called(capsys, "jobs")[:2] == (1, [("unregistered-tensor", "jobs/go.py")])


def test_an_error_lies_in_the_file_that_is_imported(capsys):
    write({"losses.py": LOSSES, "train.py": TRAIN})
    whole = called(capsys, ".")
    assert whole[:2] == (1, [("rewrapped", "losses.py")])
    assert called(capsys, "train.py", "losses.py") == whole
    status, found, notices = called(capsys, "train.py")
    assert (status, found) == (0, [])
    assert notices == (
        "train.py: an error that concerns it lies in losses.py, which was not named:"
        " `whygrad check train.py losses.py` tells it"
    )


def test_other_faults_of_a_file_that_is_imported_are_not_told(capsys):
    broken = LOSSES + NET.replace("from nets.bases import Base\n", BASE)
    write({"losses.py": broken + "x = 1  # whygrad: ignore[rewrapped]\n", "mine.py": "def (:\n"})
    write({"go.py": "import torch\nfrom losses import loss_of\nimport mine\n"})
    assert called(capsys, "go.py") == (0, [], "")
    assert called(capsys, "losses.py")[1] == [("unregistered-tensor", "losses.py")]


def test_fixes_are_made_in_named_files_only(capsys):
    text = NET.replace("from nets.bases import Base\n", BASE)
    write({"net.py": text, "go.py": "import torch\nfrom net import Net\n"})
    assert main(["check", "--fix", "go.py"]) == 0
    assert Path("net.py").read_text() == text


def test_what_is_imported_may_change(capsys):
    write({"nets/__init__.py": "", "go.py": NET})
    assert called(capsys, "go.py")[0] == 0
    write({"nets/bases.py": BASE})
    assert called(capsys, "go.py")[0] == 1, "a file is there that was not"
    write({"nets/bases.py": BASE.replace("nn.Module", "Other").replace("import", "import os, ")})
    assert called(capsys, "go.py")[0] == 0, "it has changed"
    write({"nets/bases.py": BASE})
    assert called(capsys, "go.py")[0] == 1
    write({"nets/bases/__init__.py": ""})
    assert called(capsys, "go.py")[0] == 0, "a package comes before a file"


def test_the_same_names_from_another_folder(capsys):
    write({"a/go.py": TRAIN, "b/go.py": TRAIN, "a/losses.py": LOSSES, "b/losses.py": ""})
    write({"pyproject.toml": ""})
    for name, told in (("a", True), ("b", False), ("a", True)):
        os.chdir(name)
        assert ("losses.py" in called(capsys, "go.py")[2]) is told
        os.chdir("..")


def test_what_is_excluded_is_not_read(capsys):
    settings = '[tool.whygrad]\nexclude = ["nets/"]\n'
    write({"nets/__init__.py": "", "nets/bases.py": BASE, "go.py": NET})
    write({"pyproject.toml": settings})
    assert called(capsys, "go.py")[0] == 0
    write({"pyproject.toml": ""})
    assert called(capsys, "go.py")[0] == 1


def test_imports_in_a_circle_end_and_installed_packages_stay_out(capsys):
    site = "env/lib/python3/site-packages"
    write({f"{site}/pkg/__init__.py": "", f"{site}/pkg/a.py": "import torch\nfrom pkg import b\n"})
    write({f"{site}/pkg/b.py": "import torch\ndef (:\n"})
    write({"a.py": "import torch\nimport b\n", "b.py": "import a\n"})
    assert called(capsys, "a.py", f"{site}/pkg/a.py") == (0, [], "")


def test_of_very_much_that_is_imported_the_nearest_is_read(monkeypatch):
    monkeypatch.setattr(reading, "_AROUND", 1000)
    chain = [f"part{i}" for i in range(40)]
    for name, following in zip(chain, [*chain[1:], "os"], strict=True):
        write({f"{name}.py": f"import torch\nimport {following}\n" + "#" * 60 + "\n"})
    project = read_project(["part0.py"], jobs=1, around=around_of(["part0.py"]))
    read = sorted(int(Path(path).stem.removeprefix("part")) for path in project.around)
    assert read == list(range(1, len(read) + 1)) and 5 < len(read) < 12


def test_standard_input_sees_what_it_imports(capsys, monkeypatch):
    import io
    import sys

    write({"nets/__init__.py": "", "nets/bases.py": BASE})
    for _ in range(2):
        monkeypatch.setattr(sys, "stdin", io.StringIO(NET))
        assert called(capsys, "--stdin-filename", "go.py")[1] == [("unregistered-tensor", "go.py")]
