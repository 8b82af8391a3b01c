"""A long warmup: the rate in the first steps is tiny, not zero."""

import math

import torch
import torch.nn as nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(4, 8), nn.GELU(), nn.Linear(8, 1))
opt = torch.optim.Adam(net.parameters(), lr=3e-4)


def lr_at(it):
    if it < 1000:
        return 3e-4 * (it + 1) / 1000
    return 3e-5 + 0.5 * (3e-4 - 3e-5) * (1 + math.cos(math.pi * (it - 1000) / 9000))


for it in range(4):
    for group in opt.param_groups:
        group["lr"] = lr_at(it)
    x = torch.randn(16, 4)
    loss = ((net(x) - x.prod(1, keepdim=True)) ** 2).mean()
    opt.zero_grad(set_to_none=True)
    loss.backward()
    opt.step()
    print(it, loss.item())
