"""Observing changes nothing: a script that prints all it knows prints the same with and without."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("torch")
GUEST = Path(__file__).with_name("guest.py")


def output_of(*command):
    done = subprocess.run(
        [sys.executable, *map(str, command)], capture_output=True, text=True, timeout=300,
        check=False, env={**os.environ, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    return done


@pytest.fixture(scope="module")
def plain():
    done = output_of(GUEST)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("steps", [3, 100])
def test_losses_weights_and_random_state_are_the_same_to_the_bit(plain, tmp_path, steps):
    told = tmp_path / "report.json"
    done = output_of(
        "-m", "whygrad", "run", "--keep-going", "--steps", steps,
        "--format", "json", "--output", told, GUEST,
    )  # fmt: skip
    report = json.loads(told.read_text())
    assert report["steps"] >= steps or steps == 100
    assert not [n for n in report["notices"] if "itself failed" in n]
    observed = json.loads(done.stdout)
    assert observed[:3] == plain[:3]
    if steps < 100:
        # Observation had ended when it printed the rest, which tells what is left of us.
        assert observed[3:] == plain[3:]
    assert done.returncode == 1, "`scale` is no parameter"
