"""`whygrad run` in a process of its own: a script that is run twice must find nothing of the first
run, and what it prints must not get between the lines of a report.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from whygrad.model import codec
from whygrad.model.errors import InputError
from whygrad.model.report import Report

_TOLD = 20
"""Lines of a script's standard error that are shown: the end is what says why."""

_PATIENCE = 3
"""Seconds that a script which is told to stop may take for it."""


@dataclass(frozen=True, slots=True)
class Observed:
    """What one run under observation gave."""

    report: Report
    files: tuple[str, ...]
    """The person's files that took part, as the report shows paths."""
    status: int
    said: str
    """The end of what the script wrote to standard error."""

    @property
    def failed(self) -> bool:
        """Whether the script itself did not end as it should."""
        if self.report.exception is not None or self.report.stopped == "interrupt":
            return True
        # Of an exit with status 1 nobody can tell whose it is where there are errors to report.
        return self.status > 1 or (self.status == 1 and not self.report.errors)


def observed(target: str, argv: Sequence[str], *, module: bool, steps: int) -> Observed:
    """Run a script with `whygrad run`. Raises InputError where it could not be run at all."""
    with tempfile.TemporaryDirectory(prefix="whygrad-") as folder:
        report, files, said = (Path(folder, name) for name in ("report", "files", "said"))
        command = [sys.executable, "-m", "whygrad", "run", "--format", "json"]
        command += ["--output", str(report), "--own-files", str(files), "--steps", str(steps)]
        command += ["-m"] if module else []
        with said.open("wb") as stream:
            child = subprocess.Popen(
                [*command, target, *argv],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=stream,
                env=_environment(),
            )
            status = _ended(child)
        text = said.read_text(encoding="utf-8", errors="replace")
        if not report.exists():
            raise InputError(_why(text, target, status))
        own = json.loads(files.read_text(encoding="utf-8")) if files.exists() else ()
        return Observed(codec.load(report), tuple(own), status, _end(text))


def _ended(child: subprocess.Popen[bytes]) -> int:
    """Its exit status. Where we are stopped, it is stopped too."""
    try:
        return child.wait()
    except BaseException:
        child.terminate()
        try:
            child.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        raise


def _environment() -> dict[str, str]:
    # What a file was compiled to is told by its time in seconds and its size, and an edit may
    # leave both as they were.
    return {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}


def _why(text: str, target: str, status: int) -> str:
    for line in reversed(text.splitlines()):
        if line.startswith("whygrad: "):
            return line.removeprefix("whygrad: ")
    last = next((line for line in reversed(text.splitlines()) if line.strip()), "")
    return f"`{target}` ended with status {status} and no report" + (f": {last}" if last else "")


def _end(text: str) -> str:
    """The last traceback, or the last lines."""
    lines = text.rstrip().splitlines()
    heads = [i for i, line in enumerate(lines) if line.startswith("Traceback (most recent call")]
    return "\n".join(lines[heads[-1] if heads else 0 :][-_TOLD:])
