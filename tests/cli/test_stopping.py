"""A signal in the midst of `whygrad fix`: files as before, no process left, one line said."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from whygrad.cli.stopping import StoppedError, stopped_by_signals

pytest.importorskip("torch")

# It says when it runs, and with the edit it runs for as long as nobody stops it.
SCRIPT = """\
import os
import sys
import time
import torch
from torch import nn


class Scaled(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(2, 2)
        self.beta = torch.randn(2, requires_grad=True)

    def forward(self, x):
        return self.linear(x) * self.beta


model = Scaled()
mended = "beta" in dict(model.named_parameters())
with open("mended" if mended else "first", "w") as file:
    file.write(str(os.getpid()))
while os.path.exists("wait-mended" if mended else "wait-first"):
    time.sleep(0.05)
optimizer = torch.optim.Adam(model.parameters())
for step in range(2):
    optimizer.zero_grad()
    model(torch.randn(8, 2)).pow(2).mean().backward()
    optimizer.step()
"""


def _appears(path: Path, process: subprocess.Popen[str]) -> int:
    """Wait for a file with the number of the process that runs the script."""
    for _ in range(2400):
        if path.exists() and path.read_text():
            return int(path.read_text())
        assert process.poll() is None, process.communicate()[1]
        time.sleep(0.05)
    raise AssertionError(f"{path.name} did not appear")


def _runs(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.skipif(sys.platform == "win32", reason="no such signals")
@pytest.mark.parametrize("phase", ["first", "mended"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_all_files_are_as_before_and_nothing_runs(
    tmp_path: Path, phase: str, number: signal.Signals
) -> None:
    script = tmp_path / "train.py"
    script.write_text(SCRIPT)
    (tmp_path / f"wait-{phase}").touch()
    process = subprocess.Popen(
        [sys.executable, "-m", "whygrad", "fix", "train.py"],
        cwd=tmp_path,
        env={**os.environ, "OMP_NUM_THREADS": "1", "TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    child = _appears(tmp_path / phase, process)
    assert (script.read_text() == SCRIPT) == (phase == "first")
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert script.read_text() == SCRIPT
    assert process.returncode == 128 + number
    assert out == ""
    said = f"stopped by {number.name}; all files are as they were"
    assert err.splitlines()[-1] == f"whygrad: train.py: {said}"
    assert "Traceback" not in err
    assert not _runs(child)
    left = [p.name for p in tmp_path.iterdir() if p.name.startswith((".train", "whygrad-"))]
    assert not left, "something is left of what was written meanwhile"


@pytest.mark.skipif(sys.platform == "win32", reason="no such signals")
def test_a_second_signal_does_not_disturb_what_is_put_back() -> None:
    before = signal.getsignal(signal.SIGTERM)
    done = []
    with pytest.raises(StoppedError, match="stopped by SIGTERM"), stopped_by_signals():
        try:
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(5)
        finally:
            os.kill(os.getpid(), signal.SIGTERM)
            os.kill(os.getpid(), signal.SIGINT)
            done.append("put back")
    assert done == ["put back"]
    assert signal.getsignal(signal.SIGTERM) is before
