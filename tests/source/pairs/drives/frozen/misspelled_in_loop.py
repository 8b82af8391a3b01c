"""What is meant here does not train, and it is told whether the parameter gets a gradient."""

import torch
from torch import nn


def drive(load):
    model = nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 1))
    parameter = model[0].weight
    for frozen in (False, True):
        model.zero_grad()
        if frozen:
            load().freeze(model, keep="1.")
        model(torch.ones(2, 4)).sum().backward()
        yield {"parameter": parameter.grad is not None}
