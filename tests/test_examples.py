"""Every program in examples/ gets the answer that the demo expects, and its twin is silent."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def test_the_demo() -> None:
    pytest.importorskip("torch")
    demo = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "demo.py")],
        capture_output=True,
        encoding="utf-8",
        timeout=600,
        check=False,
    )
    assert demo.returncode == 0, demo.stdout[-3000:] + demo.stderr[-3000:]
    assert "0 answers not as expected" in demo.stdout
