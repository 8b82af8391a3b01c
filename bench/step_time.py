"""The time of a step with and without us: blocks of both in turn in one process."""

from __future__ import annotations

import functools
import gc
import statistics
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).parent
clock = time.perf_counter


def observed_ratio(program: str, blocks: int, steps: int) -> tuple[float, str]:
    """Median observed step over median plain step; the first step of a watch is told apart."""
    import whygrad

    step = _warm(program)
    plain: list[float] = []
    first: list[float] = []
    observed: list[float] = []
    for _ in range(blocks):
        plain += _timed(step, steps)
        with whygrad.watch(steps=steps + 1) as watched:
            times = _timed(step, steps + 1)
        if watched.report.steps != steps + 1:
            raise SystemExit(f"{program}: observed {watched.report.steps} of {steps + 1} steps")
        first.append(times[0])
        observed += times[1:]
    base = statistics.median(plain)
    note = f"plain {base * 1e3:.2f} ms, first observed {statistics.median(first) / base:.2f} x"
    return statistics.median(observed) / base, note


@functools.cache
def beside_anomaly_mode(program: str, blocks: int, steps: int) -> tuple[float, float, str]:
    """The same in turn with torch's own anomaly mode: both over plain, and what else to know."""
    import torch

    import whygrad

    step = _warm(program)
    plain: list[float] = []
    observed: list[float] = []
    anomaly: list[float] = []
    for _ in range(blocks):
        plain += _timed(step, steps)
        with whygrad.watch(steps=steps + 1):
            observed += _timed(step, steps + 1)[1:]
        with warnings.catch_warnings(), torch.autograd.set_detect_anomaly(True):
            warnings.simplefilter("ignore")
            anomaly += _timed(step, steps)
    base = statistics.median(plain)
    ratios = statistics.median(observed) / base, statistics.median(anomaly) / base
    return *ratios, f"plain {base * 1e3:.2f} ms, in the same {blocks} rounds"


@functools.cache
def sick_costs(program: str, rounds: int) -> tuple[float, float, str]:
    """An observed step in which gradients are looked at closely, and the diagnosis with proofs
    after the last one: both in plain steps.
    """
    import whygrad

    step = _warm(program)
    plain: list[float] = []
    observed: list[float] = []
    after: list[float] = []
    for _ in range(rounds):
        plain += _timed(step, 3)
        with whygrad.watch(steps=3) as watched:
            observed += _timed(step, 3)
            began = clock()
        report = watched.report
        after.append(clock() - began)
    base = statistics.median(plain)
    proofs = sum(1 for f in report.findings if f.proof is not None and f.proof.holds is not None)
    note = f"plain {base * 1e3:.2f} ms; {len(report.findings)} findings, {proofs} replayed"
    return statistics.median(observed) / base, statistics.median(after) / base, note


def after_ratio(program: str, rounds: int, steps: int) -> tuple[float, str]:
    """A process in which observation has ended over one in which there was none, in turn."""
    ratios = []
    for turn in range(rounds):
        workers = [_worker(program, watched) for watched in (False, True)]
        times: list[list[float]] = [[], []]
        for block in range(12):
            order = (0, 1) if (block + turn) % 2 else (1, 0)
            for which in order:
                times[which].append(_ask(workers[which], steps))
        for worker in workers:
            worker.stdin.close()
            worker.wait()
        ratios.append(min(times[1]) / min(times[0]))
    spread = ", ".join(f"{ratio:.3f}" for ratio in sorted(ratios))
    return statistics.median(ratios), f"of {rounds} pairs of processes: {spread}"


def serve(program: str, watched: bool) -> None:
    """The worker's side: a block of steps for every line read, its median time printed."""
    step = _warm(program)
    if watched:
        import whygrad

        with whygrad.watch(steps=3):
            _timed(step, 4)
    for line in sys.stdin:
        print(statistics.median(_timed(step, int(line))), flush=True)


def _worker(program: str, watched: bool) -> subprocess.Popen[str]:
    command = [sys.executable, str(HERE / "run.py"), "--serve", program, str(int(watched))]
    if clock is time.process_time:
        command.append("--cpu-time")
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def _ask(worker: subprocess.Popen[str], steps: int) -> float:
    worker.stdin.write(f"{steps}\n")
    worker.stdin.flush()
    return float(worker.stdout.readline())


def _warm(program: str) -> Callable[[], object]:
    import torch
    from programs import PROGRAMS

    torch.set_num_threads(1)
    step = PROGRAMS[program]()
    _timed(step, 5)
    gc.collect()
    return step


def _timed(step: Callable[[], object], count: int) -> list[float]:
    times = []
    for _ in range(count):
        began = clock()
        step()
        times.append(clock() - began)
    return times
