"""Peak memory of a script of its own, plain and under `whygrad run --keep-going`."""

from __future__ import annotations

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


# Linux counts what the process that started a child held towards the child's own peak, and a bench
# that has timed steps holds hundreds of megabytes: a bare interpreter does the starting.
_LAUNCHER = """
import os, sys
child = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ)
_, status, usage = os.wait4(child, 0)
print(os.waitstatus_to_exitcode(status), usage.ru_maxrss)
"""


def _peak(command: list[str]) -> float:
    """Peak resident memory in KiB; `wait4` tells it of exactly this child."""
    launcher = [sys.executable, "-I", "-S", "-c", _LAUNCHER, *command]
    ran = subprocess.run(launcher, capture_output=True, text=True, check=True)
    code, peak = map(int, ran.stdout.split()[-2:])
    found_errors = code == 1 and "whygrad" in command  # a sick program has some
    if code and not found_errors:
        raise SystemExit(f"{command}: exit {code}\n{ran.stderr}")
    return float(peak)
