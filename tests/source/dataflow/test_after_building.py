"""What happens to a model or a rate after its optimizer was built, and what of it is no fault."""

from __future__ import annotations

import pytest

from whygrad.diagnosis.in_source import findings_in
from whygrad.source.project.project import project_of

HEAD = "import torch\nfrom torch import nn\nfrom torchvision import models\n"
STEP = """\
for _ in range(3):
    loss = model(torch.randn(2, 3, 64, 64)).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
BUILT = "optimizer = torch.optim.SGD(model.parameters(), lr=0.1)\n"
NET = """\
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(4, 4)
    def forward(self, x):
        return self.extra(self.a(x))
model = Net()
"""


def told(text: str) -> list[tuple[str, tuple[str, ...]]]:
    found = findings_in(project_of({"/p/train.py": HEAD + text + STEP}))
    return [(f.cause, f.variables) for f in found]


@pytest.mark.parametrize(
    ("model", "part"),
    [
        ("models.resnet18()", "model.fc"),
        ("models.vgg16(weights=None)", "model.classifier[6]"),
        ("torch.hub.load('a/b', 'net')", "model.head"),
    ],
)
def test_a_part_of_a_model_that_is_not_read(model: str, part: str) -> None:
    text = f"model = {model}\n{BUILT}{part} = nn.Linear(8, 2)\n"
    assert told(text) == [("stale-optimizer", (part,))]


@pytest.mark.parametrize(
    "text",
    [
        "model = models.resnet18()\nmodel.fc = nn.Linear(8, 2)\n" + BUILT,
        "model = models.resnet18()\n" + BUILT + "model.fc = nn.Linear(8, 2)\n" + BUILT,
        "model = models.resnet18()\n" + BUILT + "model.fc = nn.Linear(8, 2)\n"
        "optimizer.add_param_group({'params': model.fc.parameters()})\n",
        "model = models.resnet18()\n" + BUILT + "model.mine = nn.Linear(8, 2)\n",
        "model = models.resnet18()\n" + BUILT + "model.fc = nn.Identity()\n",
        "model = models.resnet18()\nmodel.fc = nn.Linear(8, 2)\n"
        "optimizer = torch.optim.SGD(model.fc.parameters(), lr=0.1)\n",
        "body = models.resnet18()\nhead = nn.Linear(8, 2)\nmodel = nn.Sequential(body, head)\n"
        "optimizer = torch.optim.SGD(head.parameters(), lr=0.1)\n",
    ],
)
def test_what_is_held_or_may_have_been_nothing_is_silence(text: str) -> None:
    assert told(text) == []


def test_where_there_was_nothing_before_nothing_is_stale() -> None:
    text = NET + BUILT + "model.extra = nn.Linear(4, 4)\nmodel.other = nn.Linear(4, 4)\n"
    assert told(text) == [("not-in-optimizer", ("self.extra",))]


def test_what_a_layer_never_calls_is_silence() -> None:
    assert told("model = nn.Linear(4, 4)\n" + BUILT + "model.extra = nn.Linear(4, 4)\n") == []


@pytest.mark.parametrize(
    ("factor", "found"),
    [
        ("lambda e: e // 10", [("zero-learning-rate", ())]),
        ("lambda e: 0 * e", [("zero-learning-rate", ())]),
        ("lambda e: e / 10", []),
        ("lambda e: min(e, 9) / 9", []),
        ("lambda e: e // unknown", []),
        ("lambda e: 1", []),
    ],
)
def test_a_schedule_that_starts_at_zero(factor: str, found: list[object]) -> None:
    text = "model = nn.Linear(4, 4)\n" + BUILT
    assert told(f"{text}s = torch.optim.lr_scheduler.LambdaLR(optimizer, {factor})\n") == found


@pytest.mark.parametrize(
    "copied",
    [
        "target = copy.deepcopy(model)\n",
        "if extra:\n    model = copy.deepcopy(model)\n",
        "model = copy.deepcopy(model)\n" + BUILT,
    ],
)
def test_a_copy_beside_the_model_is_silence(copied: str) -> None:
    assert told("import copy\nmodel = nn.Linear(4, 4)\n" + BUILT + copied) == []


def test_a_copy_in_the_place_of_the_model_is_told() -> None:
    text = "import copy\nmodel = nn.Linear(4, 4)\n" + BUILT + "model = copy.deepcopy(model)\n"
    assert told(text) == [("stale-optimizer", ("model",))]
