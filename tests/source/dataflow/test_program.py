"""What is followed, what ends it, and what is never told: only what is cut on every way."""

from __future__ import annotations

from textwrap import dedent, indent

import pytest

from whygrad.diagnosis.in_source import findings_in
from whygrad.source.dataflow.program import programs
from whygrad.source.project.project import Project, project_of

HEAD = """\
import copy
import torch
from torch import nn
from torch.nn import functional as F
"""


def program(forward: str, *, init: str = "", loss: str = "loss = F.mse_loss(model(x), y)") -> str:
    return (
        f"{HEAD}\nclass Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
        "        self.a = nn.Linear(4, 4)\n        self.b = nn.Linear(4, 4)\n"
        f"{indent(dedent(init), ' ' * 8)}\n    def forward(self, x):\n"
        f"{indent(dedent(forward), ' ' * 8)}\n"
        "model = Net()\noptimizer = torch.optim.Adam(model.parameters())\n"
        "for _ in range(3):\n    x, y = torch.randn(2, 4), torch.randn(2, 4)\n"
        f"{indent(dedent(loss), ' ' * 4)}\n"
        "    optimizer.zero_grad()\n    loss.backward()\n    optimizer.step()\n"
    )


def told(text: str) -> list[tuple[str, tuple[str, ...]]]:
    return [(f.cause, f.variables) for f in findings_in(project_of({"/p/train.py": text}))]


def test_a_cut_on_every_way_is_told() -> None:
    assert told(program("return self.b(self.a(x).detach())")) == [("detached", ("self.a",))]


@pytest.mark.parametrize(
    "forward",
    [
        "h = self.a(x)\nreturn self.b(h.detach()) + h",
        "h = self.a(x)\nreturn self.b(h + (h.round() - h).detach())",
        "h = self.a(x)\nh = h if self.training else h.detach()\nreturn self.b(h)",
        "h = self.a(x)\nif x.sum() > 0:\n    h = h.detach()\nreturn self.b(h)",
        "h = self.a(x)\nfor _ in range(3):\n    g = h.detach()\n    h = h + g\nreturn self.b(h)",
        "out = torch.zeros_like(x)\nout[0] = self.a(x)[0]\nreturn self.b(out)",
        "out = []\nfor row in x:\n    out.append(self.a(row))\nreturn self.b(torch.stack(out))",
        "parts = {'a': self.a(x)}\nparts.update(b=self.b(x))\nreturn sum(parts.values())",
        "return self.b(torch.zeros_like(x).index_add(0, torch.arange(2), self.a(x)))",
        "def inner(h):\n    return self.a(h)\nreturn self.b(inner(x))",
        "return self.b(*[layer(x) for name, layer in self.named_children() if name == 'a'])",
        "try:\n    h = self.a(x)\nexcept ValueError:\n    h = x.detach()\nreturn self.b(h)",
        "h = x\nfor i in range(9):\n    if i % 2:\n        h = self.a(h)\n        continue\nreturn self.b(h)",
    ],
)
def test_a_live_way_is_silence(forward: str) -> None:
    assert told(program(forward)) == []


@pytest.mark.parametrize(
    "forward",
    [
        "return self.b(unknown(self.a(x)))",
        "return self.b(getattr(self, x.name)(x).detach())",
        "with torch.no_grad():\n    h = self.helper(self)\nreturn self.a(x) + self.b(h)",
    ],
)
def test_what_is_not_known_is_silence(forward: str) -> None:
    assert told(program(forward)) == []


def test_a_teacher_that_no_optimizer_holds_is_meant() -> None:
    text = program(
        "return self.b(self.a(x))",
        loss="with torch.no_grad():\n    t = teacher(x)\nloss = F.mse_loss(model(x), t)",
    ).replace("model = Net()\n", "model = Net()\nteacher = nn.Linear(4, 4)\n")
    assert told(text) == []


def test_one_that_is_frozen_is_meant() -> None:
    init = "self.a.requires_grad_(False)"
    assert told(program("return self.b(self.a(x).detach())", init=init)) == []


def test_two_models_of_one_class_are_told_apart() -> None:
    text = HEAD + dedent(
        """\
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.fc = nn.Linear(4, 4)
            def forward(self, x):
                return self.fc(x)
        one, two = Net(), Net()
        optimizer = torch.optim.SGD([*one.parameters(), *two.parameters()], lr=0.1)
        for _ in range(3):
            loss = two(one(torch.randn(2, 4)).detach()).sum()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        """
    )
    assert told(text) == [("detached", ("self.fc",))]


def followed(text: str) -> Project:
    project = project_of({"/p/train.py": text})
    programs(project)
    return project


@pytest.mark.parametrize(
    "text",
    [
        "import torch.optim\nnode = torch.a\nwhile node:\n    node = node.next or node.other\n",
        "import torch.optim\nx = ()\nfor _ in y:\n    for _ in y:\n        x = (x, x, [x, x])\n",
        "import torch.optim\ndef f(x):\n    return f(f(x)) + f(x.a)\nf(1)\n",
        "import torch.optim\nclass A:\n    def f(self):\n        return A().f() or self.f()\nA().f()\n",
        "import torch.optim\nf = lambda f: f(f)\nf(f)\n",
        "import torch.optim\nfrom train import *\nfrom . import train\nx = train.x\n",
        "import torch.optim\n" + "if a:\n    b = 1\n" * 4000,
    ],
)
def test_every_program_ends(text: str) -> None:
    followed(text)


def test_of_a_program_that_is_too_long_nothing_is_said() -> None:
    text = program("return self.b(self.a(x).detach())") + "for _ in x:\n    y = f(x)\n" * 5000
    assert set(programs(followed(text)).failed) == {"/p/train.py"}
    assert told(text) == []
