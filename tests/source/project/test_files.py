"""Which files are found, what notebooks say, and where imports lead."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from whygrad.source.project.discover import discover
from whygrad.source.project.frameworks import frameworks_of, imports_in, names_a_framework
from whygrad.source.project.gitignore import Patterns, is_ignored, parse_patterns
from whygrad.source.project.layout import Layout
from whygrad.source.project.notebook import read_notebook
from whygrad.source.project.project import read_project


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def found(root: Path) -> list[str]:
    return [Path(p).relative_to(root).as_posix() for p in discover([root])]


def test_what_is_skipped(tmp_path: Path) -> None:
    kept = ["a.py", "nb.ipynb", "pkg/b.py", "pkg/build/__init__.py", "pkg/build/c.py"]
    skipped = [
        "a.pyi", "x_pb2.py", "notes.txt", ".venv/lib/a.py", "myenv/pyvenv.cfg", "myenv/lib/a.py",
        "node_modules/a.py", "build/a.py", "__pycache__/a.py", ".git/a.py", "x.egg-info/a.py",
        "lib/site-packages/a.py",
    ]  # fmt: skip
    write(tmp_path, dict.fromkeys([*kept, *skipped], ""))
    assert sorted(found(tmp_path)) == sorted(kept)


def test_a_file_that_is_named_is_never_skipped(tmp_path: Path) -> None:
    write(tmp_path, {"build/a.py": "", ".gitignore": "build"})
    path = str(tmp_path / "build" / "a.py")
    assert list(discover([path, path])) == [path]


def test_links_in_a_circle_end(tmp_path: Path) -> None:
    write(tmp_path, {"a/b.py": ""})
    (tmp_path / "a" / "again").symlink_to(tmp_path / "a")
    assert found(tmp_path) == ["a/b.py"]


def test_gitignore_of_every_folder_counts(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    write(
        tmp_path,
        {
            ".gitignore": "out/\n*.tmp.py\n!keep.tmp.py\n/only_top.py\n",
            "a.py": "", "b.tmp.py": "", "keep.tmp.py": "", "only_top.py": "", "out/c.py": "",
            "sub/only_top.py": "", "sub/.gitignore": "local.py", "sub/local.py": "", "local.py": "",
        },
    )  # fmt: skip
    assert found(tmp_path) == ["a.py", "keep.tmp.py", "local.py", "sub/only_top.py"]
    assert found(tmp_path / "sub") == ["only_top.py"]


@pytest.mark.parametrize(
    ("pattern", "path", "ignored"),
    [
        ("a.py", "x/y/a.py", True),
        ("/a.py", "x/a.py", False),
        ("x/a.py", "x/a.py", True),
        ("x/a.py", "y/x/a.py", False),
        ("**/x/a.py", "y/x/a.py", True),
        ("x/**", "x/y/z.py", True),
        ("x/**/z.py", "x/z.py", True),
        ("*.py", "a/b.py", True),
        ("?.py", "ab.py", False),
        ("[ab].py", "b.py", True),
        ("[!ab].py", "b.py", False),
        ("\\#a.py", "#a.py", True),
        ("# a.py", "a.py", False),
        ("a.py   ", "a.py", True),
        ("[", "[", True),
    ],
)
def test_patterns(pattern: str, path: str, ignored: bool) -> None:
    assert is_ignored(f"/r/{path}", False, (Patterns("/r", parse_patterns(pattern)),)) is ignored


def notebook(*cells: tuple[str, str | list[str]], language: str = "python") -> bytes:
    rows = [{"cell_type": kind, "source": source} for kind, source in cells]
    return json.dumps({"cells": rows, "metadata": {"language_info": {"name": language}}}).encode()


def test_cells_of_a_notebook() -> None:
    book = read_notebook(
        notebook(
            ("markdown", "# title"),
            ("code", ["%matplotlib inline\n", "import torch\n", "x = !ls"]),
            ("code", "%%bash\nls -l"),
            ("code", "%%time\nif x:\n    !pip install \\\n        y\ntorch.nn?\nz = a % b"),
        )
    )
    assert book.text == "\nimport torch\n\n\n\n\nif x:\n    pass\n\n\nz = a % b\n"
    assert book.place(2) == (2, 2)
    assert book.place(11) == (4, 6)
    assert read_notebook(b'{"cells": []}').text == ""


def test_a_cell_that_is_no_python_is_left_out() -> None:
    book = read_notebook(notebook(("code", "cd folder\nx"), ("code", "y = 1")))
    assert book.text == "\n\ny = 1\n" and book.place(3) == (2, 1)


@pytest.mark.parametrize(
    "data", [b"{", b"[]", b"\xff\xfe", notebook(("code", "x"), language="julia")]
)
def test_what_is_no_notebook(data: bytes) -> None:
    with pytest.raises(ValueError):
        read_notebook(data)


def test_where_imports_lead(tmp_path: Path) -> None:
    files = ["pkg/__init__.py", "pkg/a.py", "pkg/sub/__init__.py", "pkg/sub/b.py", "run/go.py"]
    files += ["run/near.py", "src/deep/__init__.py", "space/c.py"]
    layout = Layout([f"/p/{f}" for f in files], installed=())
    for path, module, expected in [
        ("/p/pkg/a.py", ".sub", "/p/pkg/sub/__init__.py"),
        ("/p/pkg/sub/b.py", "..a", "/p/pkg/a.py"),
        ("/p/pkg/sub/b.py", ".", "/p/pkg/sub/__init__.py"),
        ("/p/pkg/sub/__init__.py", ".b", "/p/pkg/sub/b.py"),
        ("/p/pkg/sub/b.py", "pkg.a", "/p/pkg/a.py"),
        ("/p/pkg/a.py", "sub", None),
        ("/p/run/go.py", "near", "/p/run/near.py"),
        ("/p/run/go.py", "pkg.sub.b", "/p/pkg/sub/b.py"),
        ("/p/run/go.py", "deep", "/p/src/deep/__init__.py"),
        ("/p/run/go.py", "space.c", "/p/space/c.py"),
        ("/p/run/go.py", "torch", None),
    ]:
        assert layout.find(path, module) == expected, (path, module)
    assert layout.module_name("/p/pkg/sub/b.py") == "pkg.sub.b"
    assert layout.module_name("/p/pkg/__init__.py") == "pkg"
    assert layout.module_name("/p/run/go.py") == "go"


def test_words_and_imports_are_read_off_the_bytes() -> None:
    data = (
        b"import os, json as j\nfrom .a import (b,\n  c)\n  from x.y import z as w\n# torchlight\n"
    )
    assert imports_in(data) == {"os", "json", ".a", ".a.b", ".a.c", "x.y", "x.y.z"}
    assert not names_a_framework(data) and names_a_framework(b"import torch.nn\n")
    assert frameworks_of(frozenset({"torch.nn", "flax", "os"})) == {"torch", "jax"}


def test_a_folder_that_cannot_be_listed_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "open").mkdir()
    (tmp_path / "open" / "net.py").write_text("import torch\n")
    (tmp_path / "shut").mkdir()
    listed = os.scandir

    def scandir(path: str) -> object:
        if str(path).endswith("shut"):
            raise PermissionError(13, "Permission denied")
        return listed(path)

    monkeypatch.setattr("os.scandir", scandir)
    project = read_project([tmp_path], jobs=1)
    assert [Path(p).name for p in project.files()] == ["net.py"]
    assert [Path(p).name for p, _ in project.unreadable()] == ["shut"]


def test_links_that_lead_in_a_circle_end(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "net.py").write_text("import torch\n")
    (tmp_path / "a" / "loop").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "nowhere.py").symlink_to(tmp_path / "missing.py")
    (tmp_path / "self.py").symlink_to(tmp_path / "self.py")
    project = read_project([tmp_path], jobs=1)
    assert [Path(p).name for p in project.files()] == ["net.py"]
    assert sorted(Path(p).name for p, _ in project.unreadable()) == ["nowhere.py", "self.py"]
