"""Peak memory of a script of its own, plain and under `whygrad run --keep-going`."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def peak_ratio(program: str, rounds: int) -> tuple[float, str]:
    """Median peak observed over median peak plain, in turn."""
    script = [str(HERE / "run.py"), "--train", program]
    plain, observed = [], []
    for _ in range(rounds):
        plain.append(_peak([sys.executable, *script]))
        observed.append(
            _peak([sys.executable, "-m", "whygrad", "run", "--keep-going", "--no-color", *script])
        )
    base = statistics.median(plain)
    return statistics.median(observed) / base, f"plain {base / 1024:.0f} MiB"


def train(program: str) -> None:
    """The script that is measured: six steps and nothing else."""
    import torch
    from programs import PROGRAMS

    torch.set_num_threads(1)
    step = PROGRAMS[program]()
    for _ in range(6):
        step()


def _peak(command: list[str]) -> float:
    """Peak resident memory in KiB; `wait4` tells it of exactly this child."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    said = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    found_errors = process.returncode == 1 and "whygrad" in command  # a sick program has some
    if process.returncode and not found_errors:
        raise SystemExit(f"{command}: exit {process.returncode}\n{said.decode()}")
    return float(usage.ru_maxrss)
