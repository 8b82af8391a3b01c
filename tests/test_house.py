"""The rules of the house that no other tool holds: size, imports, public names, what ships."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest

import whygrad

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "src" / "whygrad"
MODULES = sorted(PACKAGE.rglob("*.py"))
FRAMEWORKS = ("torch", "tensorflow", "keras", "jax", "flax", "numpy", "rich")
LONGEST_FILE = 350
LONGEST_FUNCTION = 50


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.fixture(params=MODULES, ids=name_of)
def module(request: pytest.FixtureRequest) -> Path:
    path: Path = request.param
    return path


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node


def test_a_file_and_its_functions_are_short(module: Path) -> None:
    text = module.read_text(encoding="utf-8")
    lines = len(text.splitlines())
    advice = "divide it by what it observes or decides"
    assert lines <= LONGEST_FILE, f"{module.name} has {lines} lines: {advice}"
    for function in functions(ast.parse(text)):
        length = (function.end_lineno or 0) - function.lineno + 1
        assert length <= LONGEST_FUNCTION, f"{function.name} has {length} lines: {advice}"


def test_a_module_says_what_it_is_for(module: Path) -> None:
    tree = ast.parse(module.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree), "a module begins with a docstring of one to four lines"


def python(code: str, *options: str) -> str:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    environment["PYTHONPATH"] = str(ROOT / "src")
    run = subprocess.run(
        [sys.executable, *options, "-c", code],
        capture_output=True,
        text=True,
        env=environment,
        timeout=60,
        check=True,
    )
    return run.stdout


def imported_by(code: str) -> set[str]:
    return set(json.loads(python(f"{code}\nimport sys, json; print(json.dumps([*sys.modules]))")))


def test_import_brings_in_no_framework() -> None:
    assert not imported_by("import whygrad") & set(FRAMEWORKS)


@pytest.mark.parametrize("name", sorted({*whygrad.__all__, "cli"}))
def test_no_public_name_brings_in_a_framework(name: str) -> None:
    code = "import whygrad.cli" if name == "cli" else f"from whygrad import {name}"
    assert not imported_by(code) & set(FRAMEWORKS[:-1])


def test_import_is_quick() -> None:
    """What it takes is what it loads: a few modules of the standard library, none other of ours."""
    loaded = imported_by("import whygrad") - imported_by("")
    assert {name for name in loaded if name.startswith("whygrad")} == {"whygrad"}
    assert len(loaded) < 60


def test_public_names() -> None:
    assert set(whygrad.__all__) <= set(dir(whygrad))
    for name in whygrad.__all__:
        assert getattr(whygrad, name).__doc__, f"whygrad.{name} has no docstring"
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = whygrad.nothing


def test_one_version() -> None:
    assert metadata.version("whygrad") == whygrad.__version__
    assert f"## {whygrad.__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_every_program_in_examples_is_run_by_the_demo() -> None:
    demo = (ROOT / "tools" / "demo.py").read_text(encoding="utf-8")
    for path in (ROOT / "examples").glob("*.py"):
        stem = path.stem.removesuffix("_fixed")
        assert f'"{stem}"' in demo, f"tools/demo.py does not expect anything of {path.name}"
