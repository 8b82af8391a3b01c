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
_ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "CUDA_VISIBLE_DEVICES": "",
}


class Worker:
    """The test's side of the process.

    `framework` is what is made new between two programs; `plain` the folder whose `plain.py` sees
    a program without whygrad.
    """

    def __init__(
        self, framework: str = "torch", plain: Path = Path(__file__).parent, **environment: str
    ) -> None:
        self._arguments = [framework, str(plain)]
        self._environment = environment
        self._process: subprocess.Popen[str] | None = None

    def ask(self, **request: Any) -> dict[str, Any]:
        """Run one program. A process that dies or hangs is an answer too."""
        process = self._process
        if process is None or process.poll() is not None:
            process = self._process = subprocess.Popen(
                [sys.executable, "-W", "ignore", __file__, *self._arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                env={**os.environ, **_ENVIRONMENT, **self._environment},
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
    _FRESH[sys.argv[1]]()
    gc.collect()
    gc.freeze()  # a framework is a million objects to look through, at every collection
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

    random.seed(0)
    numpy.random.seed(0)
    _FRESH[sys.argv[1]]()
    inside = f"{folder}{os.sep}"
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if name != "__main__" and file and file.startswith(inside):
            del sys.modules[name]
    importlib.invalidate_caches()


def _fresh_torch() -> None:
    import torch

    torch.manual_seed(0)
    torch.set_grad_enabled(True)
    torch.set_default_dtype(torch.float32)
    torch.set_num_threads(1)


def _fresh_keras() -> None:
    """The backend of Keras 3 is the environment's choice; Keras 2 and TensorFlow stand by it."""
    import keras

    if keras.backend.backend() == "torch":
        _fresh_torch()
    keras.utils.clear_session()
    keras.utils.set_random_seed(0)
    keras.config.set_dtype_policy("float32")
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf
        import tf_keras

        tf.random.set_seed(0)
        tf.config.run_functions_eagerly(False)
        tf_keras.backend.clear_session()
        tf_keras.mixed_precision.set_global_policy("float32")


_FRESH = {"torch": _fresh_torch, "keras": _fresh_keras}


if __name__ == "__main__":
    sys.path.insert(0, sys.argv[2])
    _serve()
