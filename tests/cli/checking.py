"""A broken and a mended file, and the command on them."""

from __future__ import annotations

import json

from whygrad.cli import main

BROKEN = """\
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = [nn.Linear(4, 4) for _ in range(3)]
        self.beta = torch.randn(4, requires_grad=True)

    def forward(self, x):
        for block in self.blocks:
            x = block(x)
        return x * self.beta
"""
MENDED = BROKEN.replace(
    "[nn.Linear(4, 4) for _ in range(3)]", "nn.ModuleList([nn.Linear(4, 4) for _ in range(3)])"
).replace("torch.randn(4, requires_grad=True)", "nn.Parameter(torch.randn(4))")


def called(capsys, *arguments: str) -> tuple[int, str, str]:
    try:
        status = main(["check", *arguments])
    except SystemExit as error:
        status = int(error.code or 0)
    out, err = capsys.readouterr()
    return status, out, err


def notebook(**style) -> str:
    cells = [
        {"cell_type": "markdown", "source": "# Ein Netz: größer"},
        {"cell_type": "code", "source": "%matplotlib inline\nimport torch\nfrom torch import nn"},
        {
            "cell_type": "code",
            "execution_count": 3,
            "metadata": {"tags": ["é"]},
            "outputs": [{"name": "stdout", "text": ["1.50e-3\n"]}],
            "source": BROKEN.partition("\n\n\n")[2].splitlines(keepends=True),
        },
    ]
    content = {"cells": cells, "metadata": {"x": 1.0}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(content, **style)
