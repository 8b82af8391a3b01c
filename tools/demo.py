"""Diagnose every program in examples/ and hold the answers to what is expected of them.

Each broken program must get its cause at its line; each `_fixed` twin must get no error.
`python tools/demo.py beta` runs those whose name holds `beta`; `--tensorflow PYTHON` names the
interpreter for programs that need TensorFlow, where it is another one.
"""

from __future__ import annotations

import argparse
import ast
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "examples"


@dataclass(frozen=True)
class Example:
    """`at` is a piece of the guilty line; a healthy program has none, and no twin."""

    name: str
    cause: str
    severity: str
    at: str
    needs: str = "torch"


EXPECTED = (
    Example("beta", "unregistered-tensor", "error", "torch.randn(64, requires_grad=True)"),
    Example("layers_in_a_list", "unregistered-container", "error", "self.hidden = ["),
    Example("frozen_by_typo", "frozen", "warning", "requires_grad = False"),
    Example("detached_far_away", "detached", "error", "features = features.detach()"),
    Example("loss_made_anew", "left-framework", "error", "torch.tensor(loss.item()"),
    Example("optimizer_before_head", "stale-optimizer", "error", "model.fc = nn.Linear"),
    Example("checkpoint_reentrant", "grad-disabled", "error", "checkpoint(block"),
    Example("dead_blocks", "dead-activation", "error", "torch.relu("),
    Example("keras_untracked", "unregistered-tensor", "error", "tf.Variable(", "tensorflow"),
    Example("tf_keras_tracked", "", "", "", "tensorflow"),
)


@dataclass(frozen=True)
class Answer:
    """What whygrad said of one program: its exit status, its report, and the report as text."""

    path: Path
    status: int
    report: dict[str, Any]
    text: str


def main(arguments: list[str]) -> int:
    """Run them all, print what is said, and count the answers that are not as expected."""
    asked = _parser().parse_args(arguments)
    pythons = {
        "torch": sys.executable if importlib.util.find_spec("torch") else None,
        "tensorflow": asked.tensorflow
        or (sys.executable if importlib.util.find_spec("tensorflow") else None),
    }
    examples = [e for e in EXPECTED if asked.wanted in e.name and pythons[e.needs]]
    paths = {path: pythons[e.needs] for e in examples for path in _programs(e)}
    surprises = []
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        answers = dict(zip(paths, pool.map(_diagnose, paths, paths.values()), strict=True))
    for example in examples:
        for path in _programs(example):
            answer = answers[path]
            _show(answer)
            for problem in _problems(example, answer):
                print(f"UNEXPECTED: {problem}\n")
                surprises.append(f"{path.name}: {problem}")
    print("-" * 78)
    print(f"{len(paths)} programs diagnosed, {len(surprises)} answers not as expected")
    for example in EXPECTED:
        if asked.wanted in example.name and not pythons[example.needs]:
            print(f"  left out, since {example.needs} is not installed: {example.name}")
    for surprise in surprises:
        print(f"  {surprise}")
    return 1 if surprises or not paths else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("wanted", nargs="?", default="", help="a piece of the programs' names")
    parser.add_argument("--tensorflow", metavar="PYTHON", help="an interpreter with TensorFlow")
    return parser


def _programs(example: Example) -> Iterator[Path]:
    yield EXAMPLES / f"{example.name}.py"
    if example.cause:
        yield EXAMPLES / f"{example.name}_fixed.py"


def _diagnose(path: Path, python: str) -> Answer:
    with tempfile.TemporaryDirectory() as folder:
        saved = Path(folder) / "report.json"
        script = str(path.relative_to(ROOT))
        run = _whygrad(python, "run", "--format", "json", "--output", str(saved), script)
        if not saved.exists():
            return Answer(path, run.returncode, {}, run.stderr)
        report = json.loads(saved.read_text(encoding="utf-8"))
        text = _whygrad(python, "render", str(saved)).stdout
        return Answer(path, run.returncode, report, text)


def _whygrad(python: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"OMP_NUM_THREADS": "1", "TF_CPP_MIN_LOG_LEVEL": "3"}
    if sys.stdout.isatty() and not environment.get("NO_COLOR"):
        environment["FORCE_COLOR"] = "1"
    return subprocess.run(
        [python, "-m", "whygrad", *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )


def _show(answer: Answer) -> None:
    about = ast.get_docstring(ast.parse(answer.path.read_text(encoding="utf-8"))) or ""
    print("-" * 78)
    print(f"$ whygrad run {answer.path.relative_to(ROOT)}")
    print("".join(f"# {line}\n" for line in about.splitlines() if line))
    print(f"{answer.text}(exit status {answer.status})\n", flush=True)


def _problems(example: Example, answer: Answer) -> Iterator[str]:
    findings = answer.report.get("findings")
    if findings is None:
        yield "there is no report"
        return
    errors = [finding for finding in findings if finding["severity"] == "error"]
    if answer.status != bool(errors):
        yield f"exit status {answer.status} with {len(errors)} errors"
    if answer.path.stem.endswith("_fixed") or not example.cause:
        yield from (f"{finding['cause']}: {finding['message']}" for finding in errors)
        if "trains" not in {variable["status"] for variable in answer.report["variables"]}:
            yield "no variable trains"
        return
    lines = answer.path.read_text(encoding="utf-8").splitlines()
    at = next(n for n, line in enumerate(lines, 1) if example.at in line)
    got = [(f["cause"], f["severity"], (f["location"] or {}).get("line")) for f in findings]
    if (example.cause, example.severity, at) not in got:
        yield f"expected {example.severity}[{example.cause}] at line {at}, got {got}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
