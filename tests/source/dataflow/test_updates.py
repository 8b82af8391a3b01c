"""Which loss is for which optimizer: a cut on the way to another's loss is no fault."""

from __future__ import annotations

import pytest

from whygrad.diagnosis.in_source import findings_in
from whygrad.source.project.project import project_of

GAN = """\
import torch
from torch import nn
G, D = nn.Linear(4, 2), nn.Linear(2, 1)
opt_g = torch.optim.Adam(G.parameters())
opt_d = torch.optim.Adam(D.parameters())
for _ in range(9):
    fake = G(torch.randn(8, 4))
"""
ON_D = "    opt_d.zero_grad()\n    loss_d = D(fake.detach()).mean()\n    loss_d.backward()\n"
ON_G = "    opt_g.zero_grad()\n    loss_g = -D({fake}).mean()\n    loss_g.backward()\n"
STEP_D, STEP_G = "    opt_d.step()\n", "    opt_g.step()\n"


def told(text: str) -> list[tuple[str, int]]:
    found = findings_in(project_of({"/p/train.py": text}))
    return [(f.cause, f.location.line) for f in found if f.location]


@pytest.mark.parametrize("first", ["generator", "discriminator"])
def test_the_cut_before_the_own_loss_is_told(first: str) -> None:
    d, g = ON_D + STEP_D, ON_G.format(fake="fake.detach()") + STEP_G
    text = GAN + (g + d if first == "generator" else d + g)
    line = next(i for i, t in enumerate(text.splitlines(), 1) if "loss_g = " in t)
    assert told(text) == [("detached", line)]


@pytest.mark.parametrize(
    "loop",
    [
        ON_D + STEP_D + ON_G + STEP_G,
        ON_G + STEP_G + ON_D + STEP_D,
        ON_D + ON_G + STEP_D + STEP_G,
        ON_D + STEP_D + ON_D + STEP_D + ON_G + STEP_G,
    ],
)
def test_the_discriminators_step_wants_nothing_of_the_generator(loop: str) -> None:
    assert told(GAN + loop.format(fake="fake")) == []


def test_two_optimizers_that_step_on_one_loss() -> None:
    text = (
        GAN + "    loss = D(fake.detach()).mean()\n    opt_d.zero_grad()\n    opt_g.zero_grad()\n"
    )
    assert told(text + "    loss.backward()\n" + STEP_D + STEP_G) == [("detached", 8)]


TWO = """\
import torch
from torch import nn
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(4, 4)
    def forward(self, x):
        return self.a(x)
class Head(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(4, 4)
        self.b = nn.Linear(4, 4)
    def forward(self, x):
        return self.b(self.a(x))
net, target, head = Net(), Net(), Head()
"""
STEP = "    optimizer.zero_grad()\n    loss.backward()\n    optimizer.step()\n"


def learn(held: str, loss: str) -> str:
    head = f"{TWO}optimizer = torch.optim.Adam({held}.parameters())\n"
    return (
        f"{head}for _ in range(9):\n    x = torch.randn(8, 4)\n    loss = ({loss}).mean()\n{STEP}"
    )


def test_the_optimizer_that_holds_the_target_is_told_and_its_cut_is_not() -> None:
    text = learn("target", "net(x) - target(x).detach()")
    assert told(text) == [("not-in-optimizer", 17)]


def test_where_the_net_is_held_the_target_is_kept_still_on_purpose() -> None:
    assert told(learn("net", "net(x) - target(x).detach()")) == []


def test_another_kind_of_network_behind_the_cut_is_no_target() -> None:
    text = learn("net", "head.b(net(x).detach())")
    assert told(text) == [("detached", 20)]
