"""The second loss is worth nothing: its gradient is zero, and what remains is of the first."""

import torch
from torch import nn


def drive(load):
    model = nn.Linear(4, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    train_epoch = load().train_epoch
    x = torch.randn(6, 4)
    for worth in (1.0, 0.0):
        train_epoch(model, [(x, worth)], optimizer, lambda out, worth: worth * out.square().mean())
        yield {"gradients": [p.grad for p in model.parameters()]}
