"""What the README shows has been run. WHYGRAD_UPDATE_GOLDEN=1 writes the report into it anew."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from whygrad.causes.order import IDS

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


SHOWN = re.findall(r"<!-- whygrad run (\S+) ", README.read_text(encoding="utf-8"))


@pytest.mark.parametrize("script", SHOWN)
def test_the_report(script: str) -> None:
    pytest.importorskip("torch")
    text = README.read_text(encoding="utf-8")
    match = next(m for m in REPORT.finditer(text) if m[2] == script)
    report, status = said_of(script)
    if os.environ.get("WHYGRAD_UPDATE_GOLDEN"):
        text = text[: match.start(3)] + report + text[match.end(3) :]
        README.write_text(text, encoding="utf-8", newline="\n")
        match = next(m for m in REPORT.finditer(text) if m[2] == script)
    assert (match[3].split(), status) == (report.split(), 1)


@pytest.mark.parametrize("script", SHOWN)
def test_the_mended_script(script: str) -> None:
    pytest.importorskip("torch")
    report, status = said_of(script.replace(".py", "_fixed.py"))
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
