"""The example of every page, run: found at the marked line, and silent once mended."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.causes.examples import concerns, marked, mended
from whygrad.causes.catalogue import page, rules

pytest.importorskip("torch")

FOUND = [rule.id for rule in rules()]

_MANY = """
import json, sys
from whygrad import api

for path in sys.argv[1:]:
    report = api.run(path).report
    found = [
        [f.cause, f.severity.value, list(f.variables), f.location and f.location.line]
        for f in report.findings
    ]
    print("REPORT", json.dumps([path, found, list(report.notices)]))
"""


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """All examples in one process: importing the framework takes longer than they do."""
    folder = tmp_path_factory.mktemp("examples")
    for id in FOUND:
        (example,) = [e for e in page(id).examples if e.framework == "torch"]
        (folder / f"{id}.py").write_text(example.code)
        (folder / f"{id}_ok.py").write_text(mended(example))
    command = [sys.executable, "-c", _MANY, *sorted(p.name for p in folder.glob("*.py"))]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(_SOURCE)}
    ran = subprocess.run(
        command,
        check=False,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert ran.returncode == 0, ran.stderr
    lines = [line for line in ran.stdout.splitlines() if line.startswith("REPORT ")]
    return {path: (found, told) for path, found, told in map(json.loads, (s[7:] for s in lines))}


_SOURCE = Path(__file__).parents[2] / "src"


@pytest.mark.parametrize("id", FOUND)
def test_found_at_the_marked_line(id: str, reports: dict[str, Any]) -> None:
    (example,) = [e for e in page(id).examples if e.framework == "torch"]
    line, names = marked(example.code)
    found, notices = reports[f"{id}.py"]
    assert not [n for n in notices if "whygrad itself failed" in n]
    told = [f for f in found if f[0] == id and f[1] != "note"]
    assert told, found
    assert [f[3] for f in told] == [line]
    assert concerns(names, tuple(told[0][2])), told


@pytest.mark.parametrize("id", FOUND)
def test_silent_once_mended(id: str, reports: dict[str, Any]) -> None:
    found, notices = reports[f"{id}_ok.py"]
    assert not [f for f in found if f[1] != "note"], found
    assert not [n for n in notices if "whygrad itself failed" in n]
