from dataclasses import dataclass

import torch
from torch import nn


@dataclass
class Config:
    lr: float = 0.0
    # fix: lr: float = 0.01
    weight_decay: float = 0.1
    steps: int = 5


def train(config):
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 2))
    optimizer = torch.optim.AdamW(model.parameters(), lr=config.lr, weight_decay=config.weight_decay)  # <- zero-learning-rate: model.*
    x, y = torch.randn(8, 4), torch.randint(0, 2, (8,))
    for _ in range(config.steps):
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(x), y).backward()
        optimizer.step()


train(Config())
