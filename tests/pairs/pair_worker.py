"""One process that runs many programs one after another, since importing a framework is slow.

It reads one JSON request a line and writes one JSON answer a line.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

_LIMIT_S = 120


class Worker:
    """The test's side of the process."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None

    def ask(self, **request: Any) -> dict[str, Any]:
        """Run one program. A process that dies or hangs is an answer too."""
        process = self._process
        if process is None or process.poll() is not None:
            process = self._process = subprocess.Popen(
                [sys.executable, "-W", "ignore", __file__],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"},
            )
        assert process.stdin is not None
        assert process.stdout is not None
        timer = threading.Timer(_LIMIT_S, process.kill)
        timer.start()
        try:
            process.stdin.write(json.dumps(request) + "\n")
            process.stdin.flush()
            answer = process.stdout.readline()
        except BrokenPipeError:
            answer = ""
        finally:
            timer.cancel()
        if not answer:
            process.wait()
            return {"died": f"the process ended with status {process.returncode}"}
        told: dict[str, Any] = json.loads(answer)
        return told

    def close(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait()
            for pipe in (self._process.stdin, self._process.stdout):
                if pipe is not None:
                    pipe.close()


def _serve() -> None:
    answers = os.fdopen(os.dup(1), "w")
    with tempfile.TemporaryFile() as said:
        # The programs print, and so does Python about how they ended.
        os.dup2(said.fileno(), 1)
        os.dup2(said.fileno(), 2)
        for line in sys.stdin:
            request = json.loads(line)
            answer = _answer(request)
            sys.stdout.flush()
            sys.stderr.flush()
            said.seek(0)
            answer["said"] = said.read().decode(errors="replace")[-4000:]
            said.seek(0)
            said.truncate()
            answers.write(json.dumps(answer) + "\n")
            answers.flush()


def _answer(request: dict[str, Any]) -> dict[str, Any]:
    script = Path(request["script"])
    os.chdir(script.parent)
    _fresh(script.parent)
    try:
        if request["kind"] == "plain":
            from plain import observe

            return observe(script, request["names"])
        return _diagnosed(script)
    finally:
        _fresh(script.parent)
        gc.collect()


def _diagnosed(script: Path) -> dict[str, Any]:
    from whygrad import api
    from whygrad.model import codec

    outcome = api.run(script.name)
    return {"status": outcome.status, "report": json.loads(codec.dumps(outcome.report))}


def _fresh(folder: Path) -> None:
    """Give the next program a process that looks new."""
    import numpy
    import torch

    random.seed(0)
    numpy.random.seed(0)
    torch.manual_seed(0)
    torch.set_grad_enabled(True)
    torch.set_default_dtype(torch.float32)
    torch.set_num_threads(1)
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if name != "__main__" and file and Path(file).is_relative_to(folder):
            del sys.modules[name]
    importlib.invalidate_caches()


if __name__ == "__main__":
    _serve()
