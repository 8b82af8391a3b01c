"""`python bench/check_speed.py [FOLDER]`: what `whygrad check` takes, beside parsing the files.

FOLDER is that of transformers' models if none is given. With `--torchfix` (the path of its command)
TorchFix is measured in the same run, on a sample of the files: all of them take it half an hour.
"""

from __future__ import annotations

import argparse
import ast
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

_SAMPLE = 32
"""TorchFix gets every so many-th file."""


_RUN = (
    "import sys, time; from whygrad.cli import main; status = main(sys.argv[1:]);"
    " print(time.process_time()); sys.exit(status)"
)


class Taken(NamedTuple):
    """Seconds on the clock (or, on a busy machine, of the process that takes longest), and of all
    processors together.
    """

    wall: float
    cpu: float


clock = time.perf_counter


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--rounds", type=int, default=3, help="the best of so many counts")
    parser.add_argument("--torchfix", metavar="COMMAND", help="measure this one too")
    parser.add_argument("--cpu-time", action="store_true", help="for a busy machine")
    parser.add_argument("--parse", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.cpu_time:
        globals()["clock"] = time.process_time
    folder = arguments.folder or _models()
    if folder is None:
        print("check: transformers is not installed, and no folder was named", file=sys.stderr)
        return 0
    if arguments.parse:
        print(parse(sorted(folder.rglob("*.py"))))
        return 0
    return _table(folder, arguments.rounds, arguments.torchfix)


def _models() -> Path | None:
    spec = find_spec("transformers")
    if spec is None or spec.origin is None:
        return None
    return Path(spec.origin).parent / "models"


def parse(files: Sequence[Path]) -> float:
    """The seconds that `ast.parse` takes in one process, without reading the files."""
    taken = 0.0
    for file in files:
        text = file.read_text(encoding="utf-8")
        began = clock()
        ast.parse(text)
        taken += clock() - began
    return taken


def _table(folder: Path, rounds: int, torchfix: str | None) -> int:
    files = sorted(folder.rglob("*.py"))
    lines = sum(_lines(file) for file in files)
    print(f"{folder.name}: {len(files)} files, {lines:,} lines; the best of {rounds}")
    print(f"{'':<44} {'target':>8} {'measured':>9}")
    parsing, cold, warm = _in_turn(folder, rounds)
    missed = _row(
        "check, nothing kept / ast.parse",
        1.0,
        "x",
        cold.wall / parsing.wall,
        f"{cold.wall:.2f} s of {parsing.wall:.2f} s; {cold.cpu:.2f} s of processors",
    )
    missed += _row(
        "check, nothing changed / ast.parse",
        0.1,
        "x",
        warm.wall / parsing.wall,
        f"{warm.wall:.2f} s; {warm.cpu:.2f} s of processors",
    )
    quarter = files[::4]
    with tempfile.TemporaryDirectory() as name:
        part = _least(lambda: _check([_linked(quarter, folder, Path(name))], None), rounds)
    share = sum(_lines(file) for file in quarter) / lines
    missed += _row(
        "processors for a line, all / a quarter of them",
        1.3,
        "x",
        cold.cpu / (part.cpu / share),
        f"{part.cpu:.2f} s for {share:.0%} of the lines",
    )
    with tempfile.TemporaryDirectory() as name:
        empty = _least(lambda: _check([Path(name)], Path(name) / "cache"), rounds)
    missed += _row("check of an empty folder", 0.2, "s", empty.wall, f"{empty.cpu:.2f} s")
    if torchfix:
        missed += _beside_torchfix(torchfix, files, lines, cold)
    return 1 if missed else 0


def _row(
    name: str, target: float, unit: str, value: float, note: str, *, least: bool = False
) -> int:
    over = value < target if least else value > target
    print(
        f"{name:<44} {target:>7g}{unit} {value:>8.3f}{unit}{'  over' if over else ''}   {note}",
        flush=True,
    )
    return int(over)


def _in_turn(folder: Path, rounds: int) -> tuple[Taken, Taken, Taken]:
    """Parsing, a check with an empty cache and one with a full one, by turns."""
    parsing, cold, warm = [], [], []
    for _ in range(rounds):
        before = _children()
        command = [sys.executable, __file__, "--parse", str(folder)]
        command += ["--cpu-time"] if clock is time.process_time else []
        seconds = float(subprocess.run(command, capture_output=True, check=True, text=True).stdout)
        parsing.append(Taken(seconds, _children() - before))
        with tempfile.TemporaryDirectory() as name:
            cold.append(_check([folder], Path(name)))
            warm.append(_check([folder], Path(name)))
    return min(parsing), min(cold), min(warm)


def _least(measure: object, rounds: int) -> Taken:
    assert callable(measure)
    return min(measure() for _ in range(rounds))


def _check(paths: Sequence[Path], cache: Path | None) -> Taken:
    command = [
        sys.executable,
        "-c",
        _RUN,
        "check",
        *map(str, paths),
        "--output",
        os.devnull,
        "--format",
        "json",
    ]
    if cache is None:
        command.append("--no-cache")
    return _run(command, {**os.environ, "WHYGRAD_CACHE_DIR": str(cache)})


def _run(command: Sequence[str], environment: dict[str, str] | None = None) -> Taken:
    before, began = _children(), time.perf_counter()
    done = subprocess.run(command, env=environment, capture_output=True, check=False)
    taken = Taken(time.perf_counter() - began, _children() - before)
    if clock is time.process_time:
        own = float(done.stdout) if environment else taken.cpu
        taken = taken._replace(wall=own)
    if done.returncode not in (0, 1):
        raise SystemExit(f"{' '.join(command)}: {done.stderr.decode(errors='replace')}")
    return taken


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _lines(file: Path) -> int:
    return file.read_bytes().count(b"\n")


def _linked(files: Sequence[Path], folder: Path, under: Path) -> Path:
    """A folder with some of the files, where they stood."""
    for file in files:
        there = under / file.relative_to(folder)
        there.parent.mkdir(parents=True, exist_ok=True)
        if not there.exists():
            there.write_bytes(file.read_bytes())
    return under


def _beside_torchfix(command: str, files: Sequence[Path], lines: int, cold: Taken) -> int:
    sample = files[::_SAMPLE]
    some = sum(_lines(file) for file in sample)
    taken = _run([command, "--select", "ALL", *map(str, sample)])
    speed, theirs = lines / cold.wall, some / taken.wall
    note = f"{speed:,.0f} lines/s to {theirs:,.0f} ({len(sample)} of the files)"
    return _row("check / TorchFix, in lines a second", 15, "x", speed / theirs, note, least=True)


if __name__ == "__main__":
    sys.exit(main())
