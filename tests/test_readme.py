"""What the README shows has been run. WHYGRAD_UPDATE_GOLDEN=1 writes the report into it anew."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from whygrad.causes.catalogue import IDS

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
REPORT = re.compile(r"(<!-- whygrad run (\S+) .*?-->\n```text\n)(.*?)(```\n)", re.DOTALL)


def said_of(script: str) -> tuple[str, int]:
    run = subprocess.run(
        [sys.executable, "-m", "whygrad", "run", script],
        cwd=ROOT,
        env=os.environ | {"NO_COLOR": "1", "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return re.sub(r"torch\s+[\d.]+(\+\w+)?", "torch 2.13.0", run.stderr), run.returncode


def test_the_report() -> None:
    pytest.importorskip("torch")
    text = README.read_text(encoding="utf-8")
    match = REPORT.search(text)
    assert match
    report, status = said_of(match[2])
    if os.environ.get("WHYGRAD_UPDATE_GOLDEN"):
        README.write_text(
            REPORT.sub(lambda m: m[1] + report + m[4], text), encoding="utf-8", newline="\n"
        )
        match = REPORT.search(README.read_text(encoding="utf-8"))
        assert match
    assert (match[3].split(), status) == (report.split(), 1)


def test_the_mended_script() -> None:
    pytest.importorskip("torch")
    report, status = said_of("examples/beta_fixed.py")
    assert (len(report.splitlines()), status) == (1, 0)


def test_the_code_shown_is_the_example() -> None:
    block = re.search(
        r"```python\n(class ScaledLinear.*?)```", README.read_text(encoding="utf-8"), re.S
    )
    assert block
    assert block[1] in (ROOT / "examples" / "beta.py").read_text(encoding="utf-8")


def test_every_cause_named_is_one() -> None:
    section = README.read_text(encoding="utf-8").partition("## What it finds")[2].partition("##")[0]
    named = re.findall(r"`([a-z]+(?:-[a-z]+)*)`", section)
    assert named
    assert set(named) <= set(IDS)


def test_links_lead_somewhere() -> None:
    for page in (README, ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")):
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"
