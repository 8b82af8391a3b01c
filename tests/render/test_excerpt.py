"""Excerpts and small diffs, from files of every kind."""

from __future__ import annotations

import linecache
from pathlib import Path

import pytest

from whygrad.model.source import Edit, SourceLocation
from whygrad.render.excerpt import LARGEST, Sources, changes, excerpt


def spans(place: SourceLocation) -> list[tuple[int | None, str]]:
    return [(line.number, line.text[line.start : line.end]) for line in excerpt(place, Sources())]


def written(path: Path, text: str, encoding: str = "utf-8") -> str:
    path.write_text(text, encoding=encoding)
    return str(path)


def test_the_exact_expression(tmp_path: Path) -> None:
    path = written(tmp_path / "a.py", "x = 1\ny = f(x).detach() + 2\n")
    assert spans(SourceLocation(path, 2, 5, 2, 18)) == [(2, "f(x).detach()")]
    assert spans(SourceLocation(path, 2, 5)) == [(2, "f(x).detach() + 2")]
    assert spans(SourceLocation(path, 2)) == [(2, "")]


def test_many_lines_are_shortened_in_the_middle(tmp_path: Path) -> None:
    path = written(tmp_path / "a.py", "f(\n" + "    1,\n" * 20 + ")\n")
    rows = spans(SourceLocation(path, 1, 1, 22, 2))
    assert len(rows) == 8
    assert rows[0] == (1, "f(")
    assert rows[1] == (2, "1,")
    assert rows[-2][0] is None
    assert rows[-1] == (22, ")")


def test_a_file_in_its_own_encoding(tmp_path: Path) -> None:
    path = written(tmp_path / "a.py", "# coding: latin-1\né = 1\n", "latin-1")
    assert spans(SourceLocation(path, 2, 1, 2, 2)) == [(2, "é")]


@pytest.mark.parametrize("line", [0, 3, 10**9])
def test_a_line_that_is_not_there(tmp_path: Path, line: int) -> None:
    path = written(tmp_path / "a.py", "x = 1\n")
    assert spans(SourceLocation(path, line, 1)) == []


def test_what_is_no_source_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"\xff\x00\xfe")
    (tmp_path / "large").write_bytes(b"x\n" * LARGEST)
    for path in ("", "binary", "large", "missing", ".", "nul\0byte"):
        assert spans(SourceLocation(str(tmp_path / path) if path else "", 1)) == []


def test_a_cell_of_a_notebook(monkeypatch: pytest.MonkeyPatch) -> None:
    name = "<ipython-input-1-abc>"
    monkeypatch.setitem(linecache.cache, name, (5, None, ["y = x.data\n"], name))
    assert spans(SourceLocation(name, 1, 5, 1, 11)) == [(1, "x.data")]
    assert spans(SourceLocation("<stdin>", 1)) == []


def changed(path: str, *edits: Edit) -> list[tuple[int, tuple[str, ...], tuple[str, ...]]]:
    return [(c.number, c.old, c.new) for c in changes(edits, Sources())]


def test_two_edits_of_one_line_make_one_change(tmp_path: Path) -> None:
    path = written(tmp_path / "a.py", "a = f(1)\nb = g(2) + g(3)\n")
    edits = [Edit(path, (2, 12), (2, 16), "h(3)"), Edit(path, (2, 5), (2, 9), "h(2)")]
    assert changed(path, *edits) == [(2, ("b = g(2) + g(3)",), ("b = h(2) + h(3)",))]


def test_an_import_put_in_shows_only_the_new_line(tmp_path: Path) -> None:
    path = written(tmp_path / "a.py", "import torch\nx = 1\n")
    assert changed(path, Edit(path, (2, 1), (2, 1), "from torch import nn\n")) == [
        (2, (), ("from torch import nn",))
    ]


def test_a_line_taken_out_and_one_at_the_end_of_the_file(tmp_path: Path) -> None:
    path = written(tmp_path / "a.py", "a\nb\nc")
    assert changed(path, Edit(path, (2, 1), (3, 1), "")) == [(2, ("b",), ())]
    assert changed(path, Edit(path, (4, 1), (4, 1), "d\n")) == [(4, (), ("d",))]


def test_edits_of_a_file_that_is_not_there(tmp_path: Path) -> None:
    path = str(tmp_path / "missing.py")
    assert changed(path, Edit(path, (1, 1), (1, 2), "x")) == []
