"""An ensemble trained at once by vmap over stacked weights."""

import copy

import torch
import torch.nn as nn
from torch.func import functional_call, stack_module_state, vmap

torch.manual_seed(0)
members = [nn.Sequential(nn.Linear(5, 8), nn.Tanh(), nn.Linear(8, 1)) for _ in range(3)]
params, buffers = stack_module_state(members)
base = copy.deepcopy(members[0]).to("meta")


def call(p, b, x):
    return functional_call(base, (p, b), (x,))


optimizer = torch.optim.Adam(params.values(), lr=1e-3)
for step in range(4):
    x = torch.randn(12, 5)
    predictions = vmap(call, in_dims=(0, 0, None))(params, buffers, x)
    loss = (predictions - x.sum(1, keepdim=True)).pow(2).mean(dim=(1, 2)).sum()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(step, loss.item())
