"""`python tools/check_corpus.py [--as-models] PATH...`: any Python there is must be read.

Of every file it asks: does checking it raise or hang? Does the quick look at its text miss a sign
that parsing shows? Does every fix, safe or not, parse and leave alone all that it does not name?
With `--as-models` each class is made an `nn.Module` first, so that rules have something to read.
`--generate N` checks N generated programs in place of files (needs `hypothesmith`).
"""

from __future__ import annotations

import argparse
import ast
import re
import signal
import sys
import time
import warnings
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import NamedTuple

from whygrad.diagnosis.check import check, fixable
from whygrad.model.source import Edit, Fix
from whygrad.source.facts.hints import hints_of
from whygrad.source.facts.signs import BASE, CONTAINER, GIVES, KEEPS, PARAMETER, TENSOR
from whygrad.source.files import decode
from whygrad.source.mending import mended
from whygrad.source.module import split_lines
from whygrad.source.project.project import project_of
from whygrad.source.project.scanning import Look, Scanned, digest_of, scan
from whygrad.source.splice import apply

_SECONDS = 60
"""For one file. Nothing that a person wrote takes a tenth of it."""
_CLASS = re.compile(r"^([ \t]*class[ \t]+\w+)(?:\(\))?:", re.MULTILINE)
_IMPORTS = "\nimport torch\nfrom torch import nn\nimport torch.nn.functional as F\n"


class Outcome(NamedTuple):
    """What came of one file."""

    path: str
    failure: str = ""
    unreadable: bool = False
    findings: int = 0
    fixes: int = 0
    seconds: float = 0.0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("paths", nargs="*", type=Path)
    parser.add_argument("--as-models", action="store_true")
    parser.add_argument("--generate", type=int, metavar="N", default=0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=2)
    arguments = parser.parse_args()
    outcomes = (
        generated(arguments.generate, arguments.seed)
        if arguments.generate
        else _of_files(arguments.paths, arguments.as_models, arguments.jobs)
    )
    return _told(outcomes)


def _of_files(paths: Iterable[Path], as_models: bool, jobs: int) -> Iterator[Outcome]:
    files = [str(f) for path in paths for f in _files(path)]
    with ProcessPoolExecutor(jobs) as pool:
        yield from pool.map(partial(of_file, as_models=as_models), files, chunksize=16)


def _files(path: Path) -> list[Path]:
    return sorted(path.rglob("*.py")) if path.is_dir() else [path]


def _told(outcomes: Iterable[Outcome]) -> int:
    began, failures, slowest = time.monotonic(), 0, Outcome("")
    files = unreadable = findings = fixes = 0
    for outcome in outcomes:
        files += 1
        unreadable += outcome.unreadable
        findings += outcome.findings
        fixes += outcome.fixes
        slowest = max(slowest, outcome, key=lambda o: o.seconds)
        if outcome.failure:
            failures += 1
            print(f"{outcome.path}: {outcome.failure}", flush=True)
    print(
        f"{files} files in {time.monotonic() - began:.0f} s: {failures} failed; {unreadable} are no"
        f" Python, {findings} findings, {fixes} fixes; slowest {slowest.seconds:.1f} s"
        f" {slowest.path}"
    )
    return 1 if failures else 0


def of_file(path: str, *, as_models: bool = False) -> Outcome:
    """Everything that is asked of one file."""
    data = Path(path).read_bytes()
    if as_models:
        try:
            text = decode(data)[0]
        except (SyntaxError, ValueError, LookupError):
            return Outcome(path, unreadable=True)
        data = (_CLASS.sub(r"\1(nn.Module):", text) + _IMPORTS).encode("utf-8", "surrogatepass")
    return of_data(path, data)


def of_data(path: str, data: bytes) -> Outcome:
    """Everything that is asked of a content."""
    began = time.monotonic()
    signal.signal(signal.SIGALRM, _hangs)
    signal.alarm(_SECONDS)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)
            outcome = _asked(path, data)
    except Exception as error:
        outcome = Outcome(path, f"{type(error).__name__}: {' '.join(str(error).split())[:200]}")
    finally:
        signal.alarm(0)
    return outcome._replace(seconds=time.monotonic() - began)


def _hangs(signum: int, frame: object) -> None:
    raise TimeoutError(f"not done after {_SECONDS} s")


def _asked(path: str, data: bytes) -> Outcome:
    scanned = scan(path, data, digest_of(data), Look.FACTS)
    if scanned.error:
        try:
            ast.parse(data)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return Outcome(path, unreadable=True)
        return Outcome(path, "" if "too large" in scanned.error else f"parses, but {scanned.error}")
    text = decode(data)[0]
    missed = missed_signs(text, scanned)
    if missed:
        return Outcome(path, f"its text does not show {', '.join(missed)}")
    report = check(project_of({path: text}))
    for notice in report.notices:
        if "whygrad failed" in notice:
            return Outcome(path, notice)
    fixes = fixable(report.findings, unsafe=True)
    failure = next(filter(None, (_of_fix(fix, path, text) for fix in fixes)), "")
    if fixes and not failure:
        after = mended(fixes, {path: text}).after.get(path, text)
        ast.parse(after)
    return Outcome(path, failure, findings=len(report.findings), fixes=len(fixes))


def missed_signs(text: str, scanned: Scanned) -> list[str]:
    """The signs that parsing shows and the quick look at the text does not."""
    hints = hints_of(text)
    if hints.parse:
        return []
    missed = []
    for sign in scanned.signs:
        if sign.startswith(GIVES):
            seen = KEEPS + sign[len(GIVES) :] in hints.helpers or sign.endswith("__init__")
        elif sign.startswith((KEEPS, BASE)):
            seen = sign in hints.signs or sign.endswith("?")
        else:
            seen = sign not in (CONTAINER, PARAMETER, TENSOR)
        missed += [] if seen else [sign]
    return sorted(missed)


def _of_fix(fix: Fix, path: str, text: str) -> str:
    """What is wrong with the edits of a fix; empty where nothing is."""
    edits = [edit for edit in fix.edits if edit.path == path]
    if len(edits) != len(fix.edits):
        return "a fix goes to another file"
    after = apply(text, edits)
    try:
        ast.parse(after)
    except SyntaxError as error:
        return f"does not parse after the fix `{fix.message}`: {error}"
    if len(after) != len(text) + sum(len(e.text) - len(_replaced(e, text)) for e in edits):
        return "an edit changes more than it says"
    return ""


def _replaced(edit: Edit, text: str) -> str:
    lines = split_lines(text)
    (first, start), (last, end) = edit.start, edit.end
    if first > len(lines):
        return ""
    if first == last:
        return lines[first - 1][start - 1 : end - 1]
    whole = [lines[first - 1][start - 1 :], *lines[first : last - 1]]
    return "".join([*whole, lines[last - 1][: end - 1] if last <= len(lines) else ""])


def generated(count: int, seed: int) -> Iterator[Outcome]:
    """Programs that nobody would write, as the grammar allows them."""
    import hypothesmith
    from hypothesis import HealthCheck, Phase, given, settings
    from hypothesis import seed as seeded

    outcomes: list[Outcome] = []

    @seeded(seed)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(hypothesmith.from_grammar() | hypothesmith.from_node())
    def every(source: str) -> None:
        text = _CLASS.sub(r"\1(nn.Module):", f"{source}\n") + _IMPORTS
        outcome = of_data("generated.py", text.encode("utf-8", "surrogatepass"))
        outcomes.append(outcome._replace(path=repr(source) if outcome.failure else "generated.py"))

    every()
    yield from outcomes


if __name__ == "__main__":
    sys.exit(main())
