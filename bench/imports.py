"""What `import whygrad` costs over a bare interpreter."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time


def import_cost(rounds: int) -> tuple[float, str]:
    """Milliseconds, median against median, in turn."""
    times: dict[str, list[float]] = {"pass": [], "import whygrad": []}
    for _ in range(rounds):
        for code, kept in times.items():
            began = time.perf_counter()
            subprocess.run([sys.executable, "-c", code], check=True)
            kept.append((time.perf_counter() - began) * 1e3)
    bare, ours = (statistics.median(kept) for kept in times.values())
    return ours - bare, f"bare {bare:.0f} ms"
