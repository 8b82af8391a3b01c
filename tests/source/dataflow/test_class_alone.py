"""A class that nobody is seen to train: what is cut in it on every way, where other parts are not."""

from __future__ import annotations

from textwrap import indent

import pytest

from whygrad.diagnosis.in_source import findings_in
from whygrad.source.project.project import project_of

CLASS = """\
import numpy as np
import torch
from torch import nn
from torch.autograd import Variable

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(4, 4)
        self.b = nn.Linear(4, 4)

    def forward(self, x):
"""


def told(forward: str) -> list[str]:
    found = findings_in(project_of({"/p/net.py": CLASS + indent(forward, " " * 8)}))
    return [f.cause for f in found]


def test_what_leaves_under_a_local_name_is_told() -> None:
    assert told("h = self.a(x)\nh = torch.from_numpy(h.detach().numpy())\nreturn self.b(h)") == [
        "left-framework"
    ]


@pytest.mark.parametrize(
    "forward",
    [
        "h = self.a(x)\nself.last = h.detach().cpu().numpy()\nreturn self.b(h)",
        "h = self.a(x)\nprint(h.mean().tolist())\nreturn self.b(h)",
        "h = self.a(x)\nrows = np.argsort(h.detach().numpy())\nreturn self.b(h[rows])",
        "h = self.a(x)\ng = Variable(h.data)\nreturn self.b(g) + h",
        "h = self.a(x)\nif not self.training:\n    return h.numpy()\nreturn self.b(h)",
    ],
)
def test_a_look_at_it_is_silence(forward: str) -> None:
    assert told(forward) == []
