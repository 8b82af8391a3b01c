"""Whatever is Python is read, and what is not is told: no crash, no hang, no edit out of place."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.check_corpus import generated, missed_signs, of_data, of_file
from whygrad.source.files import decode
from whygrad.source.project.scanning import Look, digest_of, scan

ROOT = Path(__file__).parents[3]
PROGRAMS = sorted(
    file
    for folder in ("tests", "examples", "src", "bench", "tools")
    for file in (ROOT / folder).rglob("*.py")
)

NET = b"""import torch
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = [nn.Linear(2, 2), nn.Linear(2, 2)]

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x
"""


@pytest.mark.parametrize("file", PROGRAMS, ids=lambda f: str(f.relative_to(ROOT)))
def test_the_text_shows_every_sign_that_parsing_shows(file: Path) -> None:
    data = file.read_bytes()
    scanned = scan(str(file), data, digest_of(data), Look.FACTS)
    if not scanned.error:
        assert missed_signs(decode(data)[0], scanned) == []


def test_a_comment_with_a_colon_among_the_bases_hides_none() -> None:
    text = (
        "from torch import nn\nclass A(  # noqa: N801\n    nn.Module,\n    Mixin,\n):\n    x = 1\n"
    )
    data = text.encode()
    scanned = scan("a.py", data, digest_of(data), Look.FACTS)
    assert {"base Mixin", "base Module"} <= scanned.signs
    assert missed_signs(text, scanned) == []


HIDDEN = {
    "a method by another name": (
        "keeps self.define",
        "class A:\n    def f(self):\n        make = self.define\n        made = make()\n"
        "        self.one = made\n",
    ),
    "a method of what is not called self": (
        "keeps self.make",
        "class A:\n    def f(ctx):\n        ctx.one = ctx.make()\n",
    ),
    "a name that is mostly an argument": (
        "keeps load",
        "class A:\n    def f(self, given):\n        config = load(given)\n"
        "        self.config = config\n",
    ),
    "a class that comes in with a star": (
        "container",
        "from ir import *\nclass A:\n    def f(self):\n        self.kept[1] = Array.get(2)\n",
    ),
}


@pytest.mark.parametrize("name", HIDDEN)
def test_a_sign_that_stands_further_off(name: str) -> None:
    sign, text = HIDDEN[name]
    data = text.encode()
    scanned = scan("a.py", data, digest_of(data), Look.FACTS)
    assert sign in scanned.signs
    assert missed_signs(text, scanned) == []


@pytest.mark.parametrize(
    "data",
    [
        NET,
        b"\xef\xbb\xbf" + NET,
        NET.replace(b"\n", b"\r\n"),
        NET.replace(b"\n", b"\r"),
        NET.replace(b"    ", b"\t"),
        NET.replace(b"\nclass", b"\n\x0c\nclass"),
        b"# -*- coding: latin-1 -*-\n# \xe9\xe8\n" + NET,
        b"# coding: cp1252\nname = '\x80'\n" + NET,
        NET.replace(b"Net", "Nëtz".encode()),
        NET.removesuffix(b"\n"),
        NET.replace(b"[nn.Linear(2, 2), nn.Linear(2, 2)]", b"[\\\n  nn.Linear(2, 2),\n  # two\n]"),
    ],
)
def test_a_finding_and_its_fix_whatever_the_file_is_written_in(data: bytes) -> None:
    outcome = of_data("net.py", data)
    assert outcome.failure == "" and not outcome.unreadable
    assert (outcome.findings, outcome.fixes) == (1, 1)


@pytest.mark.parametrize(
    "data",
    [
        NET + b"\0",
        b"import torch\n\xff\xfe\n",
        b"# coding: nonsense\nimport torch\n",
        b"import torch\nx = " + b"(" * 5000,
        b"import torch\nif True:\n" + b"".join(b" " * i + b"if x:\n" for i in range(1, 120)),
        b"import torch\n<<<<<<< HEAD\nx = 1\n=======\n",
        b"\xff\xfei\x00m\x00p\x00o\x00r\x00t\x00",
    ],
)
def test_what_cannot_be_read_is_told_in_one_line(data: bytes) -> None:
    scanned = scan("x.py", data, digest_of(data), Look.FACTS)
    assert scanned.error and "\n" not in scanned.error
    assert of_data("x.py", data).failure == ""


@pytest.mark.parametrize(
    "expression",
    [
        "+".join(["x"] * 3000),
        "(" * 80 + "x" + ")" * 80,
        "[" * 80 + "nn.Linear(1, 1)" + "]" * 80,
        "x" + ".y" * 900,
        "x" + "(1)" * 400,
        " if x else ".join(["x"] * 300),
        "{" + ", ".join(f"{i}: nn.Linear(1, 1)" for i in range(5000)) + "}",
        "lambda: " * 200 + "x",
        repr("x" * 1_000_000),
    ],
    ids=range(9),
)
def test_what_is_deep_or_long_neither_falls_nor_hangs(expression: str) -> None:
    text = NET.decode().replace("return x", f"y = {expression}\n        return x")
    text = text.replace(
        "super().__init__()", f"super().__init__()\n        self.odd = {expression}"
    )
    outcome = of_data("x.py", text.encode())
    assert outcome.failure == "" and outcome.seconds < 20


def test_every_program_of_ours_is_read() -> None:
    for file in PROGRAMS[::10]:
        assert of_file(str(file), as_models=True).failure == "", file


def test_programs_as_the_grammar_allows_them() -> None:
    pytest.importorskip("hypothesmith")
    failed = [outcome for outcome in generated(200, seed=0) if outcome.failure]
    assert failed == []
