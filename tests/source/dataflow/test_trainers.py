"""What the optimizers of a Lightning module leave out, where that is no choice of somebody's."""

from __future__ import annotations

import pytest

from whygrad.diagnosis.in_source import findings_in
from whygrad.source.project.project import project_of

MODULE = """\
import lightning as L
import torch
from torch import nn
class Lit(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.body = nn.Linear(4, 4)
        self.head = nn.Linear(4, 4)
        {init}
    def training_step(self, batch, _):
        x, y = batch
        h = {body}
        return (self.head(h) - y).square().mean()
    def configure_optimizers(self):
        {built}
"""
ONE = "return torch.optim.Adam(self.head.parameters())"
LIVE = "self.body(x)"


def told(
    init: str = "pass", body: str = LIVE, built: str = ONE
) -> list[tuple[str, tuple[str, ...]]]:
    text = MODULE.format(init=init, body=body, built=built)
    return [(f.cause, f.variables) for f in findings_in(project_of({"/p/lit.py": text}))]


def test_what_gets_a_gradient_and_is_left_out_is_told() -> None:
    assert told() == [("not-in-optimizer", ("self.body",))]


@pytest.mark.parametrize(
    "program",
    [
        {"init": "self.body.requires_grad_(False)"},
        {"init": "self.body.load_state_dict(torch.load('x.pt'))"},
        {"init": "self.body.eval()"},
        {"init": "self.automatic_optimization = False"},
        {"built": "return [torch.optim.Adam(m.parameters()) for m in (self.body, self.head)]"},
        {"built": "return torch.optim.Adam(self.parameters())"},
        {"built": "return torch.optim.Adam([p for p in self.parameters() if p.requires_grad])"},
        {"built": "return torch.optim.Adam(self.chosen())"},
        {"built": "return make(self.head)"},
    ],
)
def test_what_is_held_or_kept_still_is_silence(program: dict[str, str]) -> None:
    assert told(**program) == []
