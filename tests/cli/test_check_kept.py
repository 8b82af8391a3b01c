"""What `whygrad check` keeps between runs, and all that makes it look again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import whygrad
from whygrad.cli import main
from whygrad.diagnosis import kept
from whygrad.diagnosis.check import Wanted
from whygrad.source.project.cache import build
from whygrad.source.project.layout import installed_folders

pytestmark = pytest.mark.usefixtures("folder")

NET = """\
import torch
from things import Base


class Net(Base):
    def __init__(self):
        super().__init__()
        self.beta = torch.randn(4, requires_grad=True)

    def forward(self, x):
        return x * self.beta
"""


def called(capsys, *arguments: str) -> list[str]:
    main(["check", "--format", "json", *arguments])
    return [finding["severity"] for finding in json.loads(capsys.readouterr().out)["findings"]]


KERAS = """\
import tensorflow as tf


class Net(tf.keras.layers.Layer):
    def build(self, shape):
        self.g = tf.Variable(tf.ones((shape[-1],)))

    def call(self, x):
        return x * self.g
"""


def test_a_second_look_sees_what_the_project_asks_for(capsys, tmp_path):
    Path("sub").mkdir()
    Path("sub/net.py").write_text(KERAS)
    (tmp_path / ".git").mkdir()

    def statuses() -> list[str]:
        known, anew = called(capsys), called(capsys, "--no-cache")
        assert known == anew
        return known

    assert statuses() == statuses() == ["warning"]
    for place in ("requirements.txt", "../requirements-gpu.txt", "sub/setup.cfg"):
        Path(place).write_text("tensorflow==2.10\n")
        assert statuses() == statuses() == []
        Path(place).write_text("tensorflow==2.16\n")
        assert statuses() == ["error"]
        Path(place).unlink()
        assert statuses() == ["warning"]
    Path("notes.txt").write_text("")
    assert statuses() == ["warning"]


def test_a_second_look_sees_another_environment(capsys, tmp_path, monkeypatch):
    site = tmp_path / "env" / "lib" / "python3.7" / "site-packages" / "things"
    site.mkdir(parents=True)
    (site / "__init__.py").write_text("from torch import nn\nclass Base(nn.Module):\n    pass\n")
    Path("net.py").write_text(NET)
    for path, found in [("", []), (str(tmp_path / "env"), ["error"]), ("", [])]:
        monkeypatch.setenv("VIRTUAL_ENV", path)
        installed_folders.cache_clear()
        assert called(capsys) == called(capsys) == found
    installed_folders.cache_clear()


def test_our_own_files_count_where_they_are_worked_on(tmp_path, monkeypatch):
    def built(home: Path) -> str:
        monkeypatch.setattr(whygrad, "__file__", str(home / "__init__.py"))
        build.cache_clear()
        return build()

    for home in (tmp_path / "src" / "whygrad", tmp_path / "site-packages" / "whygrad"):
        (home / "inner").mkdir(parents=True)
        (home / "inner" / "rule.py").write_text("")
        before = built(home)
        assert before == built(home)
        os.utime(home / "inner" / "rule.py", (2e9, 2e9))
        assert (built(home) == before) is (home.parent.name == "site-packages")
    build.cache_clear()


def test_another_build_looks_again(monkeypatch):
    Path("net.py").write_text(NET)
    files = {str(Path("net.py").absolute()): "net.py"}
    before = kept.key_of(files, Wanted())
    assert kept.key_of(files, Wanted()) == before
    monkeypatch.setattr(kept, "build", lambda: "another")
    assert kept.key_of(files, Wanted()) != before


def test_facts_of_other_files_are_kept_where_one_is_looked_at(capsys, monkeypatch):
    from whygrad.source.project import reading

    for i in range(5):
        Path(f"net{i}.py").write_text(NET.replace("beta", f"beta{i}"))
    called(capsys)
    Path("net0.py").write_text(NET.replace("beta", "gamma"))
    called(capsys, "net0.py")
    scanned = []
    scan = reading.scan
    monkeypatch.setattr(reading, "scan", lambda *a: scanned.append(Path(a[0]).name) or scan(*a))
    called(capsys)
    assert set(scanned) <= {"net0.py"}


def test_a_folder_without_files_loads_little(tmp_path):
    code = "import sys; from whygrad.cli import main; main(['check']); print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    told, loaded = run.stdout.splitlines()
    assert told == "whygrad: nothing found"
    heavy = {
        "whygrad.source.dataflow.program",
        "whygrad.causes.catalogue",
        "whygrad.source.mending",
    }
    assert not (heavy | {"rich", "subprocess", "tomllib", "tempfile"}) & set(loaded.split())
