"""The report on Keras that the README shows has been run. WHYGRAD_UPDATE_GOLDEN=1 writes it anew."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("keras")
pytest.importorskip("tensorflow", minversion="2")

pytestmark = pytest.mark.newest
ROOT = Path(__file__).parent.parent.parent
README = ROOT / "README.md"
REPORT = re.compile(
    r"(<!-- with Keras: whygrad run (\S+) .*?-->\n```text\n)(.*?)(```\n)", re.DOTALL
)
VERSIONS = re.compile(r"(tensorflow|keras|Keras)(\s+)[\d.]*\d")


def said_of(script: str, saved: Path) -> tuple[str, int]:
    run = subprocess.run(
        [sys.executable, "-m", "whygrad", "run", "--output", str(saved), script],
        cwd=ROOT,
        env=os.environ | {"NO_COLOR": "1", "OMP_NUM_THREADS": "1", "TF_CPP_MIN_LOG_LEVEL": "3"},
        capture_output=True,
        timeout=200,
        check=False,
    )
    return saved.read_text(encoding="utf-8"), run.returncode


def plain(text: str) -> list[str]:
    return VERSIONS.sub(r"\1 0", " ".join(text.split())).split()


def test_the_report(tmp_path: Path) -> None:
    text = README.read_text(encoding="utf-8")
    match = REPORT.search(text)
    assert match is not None
    report, status = said_of(match[2], tmp_path / "report.txt")
    if os.environ.get("WHYGRAD_UPDATE_GOLDEN"):
        text = text[: match.start(3)] + report + text[match.end(3) :]
        README.write_text(text, encoding="utf-8", newline="\n")
        match = REPORT.search(text)
    assert match is not None
    assert (plain(match[3]), status) == (plain(report), 1)


def test_the_mended_script(tmp_path: Path) -> None:
    report, status = said_of("examples/keras_untracked_fixed.py", tmp_path / "report.txt")
    assert report.startswith("whygrad: all 3 variables train")
    assert status == 0
