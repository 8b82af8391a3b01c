"""Small models in a line each, watched for three steps, and what their probes say."""

from __future__ import annotations

from tests.backends.recorded import Recorder
from whygrad.flow.case import Case
from whygrad.flow.death import Death
from whygrad.flow.graph import Op
from whygrad.flow.probe import Probe
from whygrad.flow.recording import Recording
from whygrad.flow.run import Run

LOOP = """
torch.manual_seed(0)
net = Net()
optimizer = torch.optim.SGD(net.parameters(), lr=1e-3)
for _ in range(3):
    optimizer.zero_grad()
    loss = loss_of(net)
    loss.backward()
    optimizer.step()
"""


def program(body: str, loss: str, **layers: str) -> str:
    """A model of some layers whose `forward` returns `body`, trained on `loss`."""
    made = "".join(f"        self.{name} = {layer}\n" for name, layer in layers.items())
    return (
        f"class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n{made}"
        f"    def forward(self, x):\n        return {body}\n"
        f"def loss_of(net):\n    return {loss}\n"
    ) + LOOP


def observe(record: Recorder, body: str, loss: str, **layers: str) -> Recording:
    return record(program(body, loss, **layers))


def case_of(recording: Recording, name: str) -> Case:
    found = {v.name: v for v in recording.variables}
    return Case(Run(recording), found[f"net.{name}"])


def death(recording: Recording, name: str) -> Death:
    case = case_of(recording, name)
    assert case.dead_steps == (0, 1, 2)
    (only,) = case.deaths
    return only


def op(recording: Recording, one: Death) -> Op:
    graph = recording.steps[one.step].graph
    return graph.ops[graph.edge_ops[one.edge]]


def because(recording: Recording, one: Death) -> str | None:
    graph = recording.steps[one.step].graph
    return None if one.because is None else graph.ops[one.because].name


def probe_of(recording: Recording, step: int = 0) -> Probe:
    probe = recording.steps[step].probe
    assert probe is not None
    assert probe.failed is None
    return probe


MSE = "F.mse_loss(net(torch.randn(32, 8)), torch.randn(32, 1))"
