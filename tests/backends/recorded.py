"""Run a program under the PyTorch backend, in this process, and give what was recorded."""

from __future__ import annotations

import runpy
import textwrap
from pathlib import Path
from typing import Any

import pytest
import torch

from whygrad.backends.torch import BACKEND
from whygrad.flow.recording import Recording
from whygrad.flow.variable import Variable
from whygrad.runtime.backend import Session, StopScript

HEADER = """\
import torch
from torch import nn
import torch.nn.functional as F
"""
"""Three lines, so that a program's first own line is the fourth."""


class Recorder:
    """Writes programs to a folder and runs them there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.namespace: dict[str, Any] = {}
        self.error: BaseException | None = None
        self.done: list[int] = []
        self.stopped = False

    def __call__(self, program: str, *, steps: int = 3, stop: bool = True) -> Recording:
        path = self.folder / "train.py"
        path.write_text(HEADER + textwrap.dedent(program).lstrip("\n"))
        faults: list[BaseException] = []
        session = Session(
            step_limit=steps,
            stop_script=stop,
            on_step=self.done.append,
            on_fault=faults.append,
        )
        observer = BACKEND.attach(session)
        try:
            self.namespace = runpy.run_path(str(path), run_name="__main__")
        except StopScript:
            self.stopped = True
        except Exception as error:
            self.error = error
        finally:
            recording = observer.recording()
            observer.detach()
        if faults:
            raise faults[0]
        recording.check()
        assert torch._C._len_torch_function_stack() == 0
        return recording


@pytest.fixture
def record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Recorder:
    monkeypatch.chdir(tmp_path)
    return Recorder(tmp_path)


def variables(recording: Recording) -> dict[str, Variable]:
    return {v.name: v for v in recording.variables}
