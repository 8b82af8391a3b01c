"""`python bench/run.py [--quick]`: what observing costs, each target beside what was measured."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import step_time


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer rounds, for a rough answer")
    parser.add_argument("--cpu-time", action="store_true", help="for a busy machine")
    parser.add_argument("--only", metavar="WORD", default="", help="rows whose name has this word")
    parser.add_argument("--serve", nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("--train", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.cpu_time:
        step_time.clock = time.process_time
    if arguments.serve:
        step_time.serve(arguments.serve[0], arguments.serve[1] == "1")
        return 0
    if arguments.train:
        from memory import train

        train(arguments.train)
        return 0
    return _table(arguments.quick, arguments.only)


def _table(quick: bool, only: str) -> int:
    print(f"{'':<44} {'target':>8} {'measured':>9}")
    missed = 0
    for name, target, unit, measure in _rows(quick):
        if only not in name:
            continue
        try:
            value, note = measure()
        except Exception as error:  # the rows after it are still worth having
            missed += 1
            print(f"{name:<44} failed: {type(error).__name__}: {error}", flush=True)
            continue
        over = target is not None and value > target
        missed += over
        mark = "  over" if over else ""
        goal = f"{'-':>8}" if target is None else f"{target:>7g}{unit}"
        print(f"{name:<44} {goal} {value:>8.3f}{unit}{mark}   {note}", flush=True)
    return 1 if missed else 0


Row = tuple[str, float | None, str, Callable[[], tuple[float, str]]]
"""Name, target (None: to be known, not to be met), unit, and how to measure it."""


def _rows(quick: bool) -> list[Row]:
    from imports import import_cost
    from memory import peak_ratio

    blocks = 4 if quick else 20
    return [
        ("import whygrad, over a bare interpreter", 80, "m", lambda: import_cost(blocks)),
        ("step of a transformer, observed/plain", 1.15, "x",
         lambda: step_time.observed_ratio("transformer", blocks, 5)),
        ("step of 100 tiny layers, observed/plain", 3.0, "x",
         lambda: step_time.observed_ratio("chain", blocks, 10)),
        ("the same, probes on, in turn with the next", 1.25, "x",
         lambda: _anomaly(blocks, 0)),
        ("step of it in torch's anomaly mode/plain", None, "x",
         lambda: _anomaly(blocks, 1)),
        ("step of a sick transformer, observed/plain", None, "x",
         lambda: _sick(blocks, 0)),
        ("its diagnosis with proofs, in plain steps", None, " ",
         lambda: _sick(blocks, 1)),
        ("step of a transformer, afterwards/plain", 1.01, "x",
         lambda: step_time.after_ratio("transformer", 2 if quick else 5, 5)),
        ("step of 100 tiny layers, afterwards/plain", 1.01, "x",
         lambda: step_time.after_ratio("chain", 2 if quick else 5, 20)),
        ("peak memory of a transformer", 1.05, "x",
         lambda: peak_ratio("transformer", 2 if quick else 5)),
        ("peak memory of 200 MB of weights", 1.05, "x",
         lambda: peak_ratio("wide", 2 if quick else 5)),
        ("peak memory of a sick transformer", None, "x",
         lambda: peak_ratio("sick", 2 if quick else 5)),
        ("diagnosis of a million edges", 2.0, "s", lambda: _diagnosis(1_000_000)),
        ("the same over a quarter of it (linear is 4)", 5.0, "x", _growth),
    ]  # fmt: skip


def _anomaly(blocks: int, which: int) -> tuple[float, str]:
    found = step_time.beside_anomaly_mode("transformer", blocks, 5)
    return float(found[which]), found[2]


def _sick(blocks: int, which: int) -> tuple[float, str]:
    found = step_time.sick_costs("sick", max(2, blocks // 2))
    return float(found[which]), found[2]


def _diagnosis(edges: int) -> tuple[float, str]:
    from graphs import diagnosed_in

    return min(diagnosed_in(edges) for _ in range(2)), f"{edges:,} edges"


def _growth() -> tuple[float, str]:
    large, small = _diagnosis(1_000_000)[0], _diagnosis(250_000)[0]
    return large / small, f"{small:.2f} s for 250,000"


if __name__ == "__main__":
    sys.exit(main())
