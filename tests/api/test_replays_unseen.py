"""A replay is not seen by the training around it: the same numbers with and without proofs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")

SCRIPT = """
import hashlib, json, random, sys, warnings
import numpy as np
import torch
from torch import nn
import torch.nn.functional as F

torch.manual_seed(0); random.seed(0); np.random.seed(0)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(6, 12)
        self.norm = nn.BatchNorm1d(12)
        self.drop = nn.Dropout(0.3)
        self.gate = nn.Linear(12, 12)
        self.dead = nn.Linear(12, 12)
        self.table = nn.Linear(12, 4)
        self.codes = nn.Linear(4, 12)
        self.spare = nn.Linear(3, 3)
        self.head = nn.Linear(12, 1)
        self.scale = torch.ones(12, requires_grad=True)
        nn.init.constant_(self.dead.bias, -50.0)

    def forward(self, x):
        x = self.drop(self.norm(self.first(x)).relu()) * self.scale
        x = x + torch.sigmoid(self.gate(x)).detach()
        x = x + self.dead(x).relu() + torch.rand_like(x) * np.random.rand()
        with torch.no_grad():
            code = self.table(x)
        x = x + self.codes(F.one_hot(code.argmax(1), 4).float())
        return self.head(x)


def digest(*tensors):
    sha = hashlib.sha256()
    for t in tensors:
        sha.update(b"none" if t is None else t.detach().numpy().tobytes())
    return sha.hexdigest()[:16]


model = Net()
hooked = []
model.head.weight.register_hook(lambda g: hooked.append(float(g.sum())))
model.norm.register_forward_hook(lambda m, i, o: hooked.append(float(o.sum())))
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
told = []


def step():
    x = torch.randn(16, 6)
    optimizer.zero_grad()
    loss = F.mse_loss(model(x), x.sum(1, keepdim=True) + random.random())
    loss.backward()
    optimizer.step()
    told.append([loss.item(), digest(*(p.grad for p in model.parameters()), model.scale.grad),
                 digest(*model.state_dict().values()), digest(torch.get_rng_state())])


def rest():
    state = np.random.get_state()
    told.append([
        random.getstate() and hashlib.sha256(repr(random.getstate()).encode()).hexdigest(),
        digest(torch.from_numpy(state[1].copy())), state[2], hooked, len(warnings.filters),
        digest(*(v for s in optimizer.state.values() for v in s.values() if torch.is_tensor(v))),
        [sorted(vars(p)) for p in model.parameters()], torch.is_grad_enabled(),
        [p._version for p in model.parameters()],
        len(torch.overrides._get_current_function_mode_stack()),
    ])
"""

WATCHED = """
import contextlib
watching = sys.argv[1] == "watch"
if watching:
    import whygrad
report = None
with whygrad.watch(model, optimizer, steps=3) if watching else contextlib.nullcontext() as w:
    for _ in range(4):
        step()
for _ in range(4):
    step()
rest()
if watching:
    from pathlib import Path
    from whygrad.model.codec import dumps
    Path(sys.argv[2]).write_text(dumps(w.report))
print(json.dumps(told))
"""

RUN = """
for _ in range(8):
    step()
rest()
print(json.dumps(told))
"""


def run(*command: Any) -> Any:
    done = subprocess.run(
        [sys.executable, *map(str, command)], capture_output=True, text=True, timeout=300,
        check=False, env={**os.environ, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    assert done.stdout.strip(), done.stderr
    return json.loads(done.stdout)


def proofs(path: Path) -> dict[str, Any]:
    report = json.loads(path.read_text())
    assert not [n for n in report["notices"] if "itself failed" in n], report["notices"]
    pressing = [f for f in report["findings"] if f["severity"] != "note"]
    return {f["cause"]: f["proof"] for f in pressing}


def check(told: dict[str, Any]) -> None:
    """There was something to prove, and it was proved: so replays did run."""
    for cause in ("unregistered-tensor", "detached", "unused"):
        assert told[cause]["holds"] is True, (cause, told[cause])
    assert sum(proof["kind"] == "replay" for proof in told.values()) >= 4, told


def test_watch_within_a_longer_training(tmp_path: Path) -> None:
    script = tmp_path / "train.py"
    script.write_text(textwrap.dedent(SCRIPT + WATCHED))
    plain = run(script, "plain")
    watched = run(script, "watch", tmp_path / "report.json")
    assert watched == plain
    check(proofs(tmp_path / "report.json"))


def test_a_whole_run_that_keeps_going(tmp_path: Path) -> None:
    script = tmp_path / "train.py"
    script.write_text(textwrap.dedent(SCRIPT + RUN))
    plain = run(script)
    told = tmp_path / "report.json"
    observed = run(
        "-m", "whygrad", "run", "--keep-going", "--format", "json", "--output", told, script
    )
    assert observed == plain
    check(proofs(told))
