"""What is measured: the two reference models, each as a function that does one training step."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn


def transformer() -> Callable[[], object]:
    """An encoder of d 256, 4 layers, sequence 64, batch 8, trained by Adam."""
    torch.manual_seed(0)
    layer = nn.TransformerEncoderLayer(256, 8, 1024, batch_first=True)
    model = nn.Sequential(nn.TransformerEncoder(layer, 4), nn.Linear(256, 10))
    return _step(model, torch.randn(8, 64, 256), (8, 64, 10))


def chain() -> Callable[[], object]:
    """A hundred layers so small that nothing but the overhead of each call is left."""
    torch.manual_seed(0)
    layers = [part for _ in range(100) for part in (nn.Linear(16, 16), nn.Tanh())]
    return _step(nn.Sequential(*layers), torch.randn(4, 16), (4, 16))


def wide() -> Callable[[], object]:
    """Two hundred megabytes of weights: a copy of them would show in the peak."""
    torch.manual_seed(0)
    layers = [part for _ in range(3) for part in (nn.Linear(4096, 4096), nn.ReLU())]
    return _step(nn.Sequential(*layers), torch.randn(8, 4096), (8, 4096))


def sick() -> Callable[[], object]:
    """The transformer with one layer dead: what looks closer at sick gradients has work to do."""
    torch.manual_seed(0)
    layer = nn.TransformerEncoderLayer(256, 8, 1024, batch_first=True)
    model = nn.Sequential(nn.TransformerEncoder(layer, 4), nn.Linear(256, 10))
    with torch.no_grad():
        model[0].layers[2].linear1.bias.fill_(-100.0)
    return _step(model, torch.randn(8, 64, 256), (8, 64, 10))


def _step(model: nn.Module, inputs: torch.Tensor, shape: tuple[int, ...]) -> Callable[[], object]:
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    target = torch.randn(shape)

    def step() -> object:
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(model(inputs), target)
        loss.backward()
        optimizer.step()
        return model

    return step


PROGRAMS = {"transformer": transformer, "chain": chain, "wide": wide, "sick": sick}
