"""The generated index is fresh, and a new cause begins with two files that work."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from whygrad.causes.page import parse

_TOOLS = Path(__file__).parents[2] / "tools"


def _tool(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, _TOOLS / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_index_is_fresh() -> None:
    tool = _tool("document_causes")
    assert tool.TARGET.read_text() == tool.text(), "run tools/document_causes.py"


def test_a_new_cause(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tool = _tool("new_cause")
    (tmp_path / "graph").mkdir()
    (tmp_path / "graph" / "__init__.py").touch()
    monkeypatch.setattr(tool, "CAUSES", tmp_path)
    assert tool.main(["graph", "my-cause"]) == 0
    space: dict[str, object] = {}
    exec((tmp_path / "graph" / "my_cause.py").read_text(), space)
    assert "RULE" in space
    assert parse((tmp_path / "graph" / "my_cause.md").read_text()).examples
    assert tool.main(["graph", "my-cause"]) == 2
    assert tool.main(["nowhere", "my-cause"]) == 2
