"""Symmetric and positive parameters by nn.utils.parametrize, a custom optimizer, anomaly mode."""

import torch
import torch.nn as nn
from torch.nn.utils import parametrize


class Symmetric(nn.Module):
    def forward(self, x):
        return x.triu() + x.triu(1).transpose(-1, -2)


class Positive(nn.Module):
    def forward(self, x):
        return nn.functional.softplus(x)


class SignSGD(torch.optim.Optimizer):
    def __init__(self, params, lr):
        super().__init__(params, {"lr": lr})

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    p.add_(p.grad.sign(), alpha=-group["lr"])


class Metric(nn.Module):
    def __init__(self, dim=5):
        super().__init__()
        self.mix = nn.Linear(dim, dim, bias=False)
        self.scale = nn.Parameter(torch.zeros(dim))
        parametrize.register_parametrization(self.mix, "weight", Symmetric())
        parametrize.register_parametrization(self, "scale", Positive())

    def forward(self, a, b):
        return ((self.mix(a - b) * self.scale) ** 2).sum(-1)


torch.manual_seed(0)
metric = Metric()
opt = SignSGD(metric.parameters(), lr=1e-3)
for step in range(4):
    with torch.autograd.set_detect_anomaly(True, check_nan=True):
        a, b = torch.randn(10, 5), torch.randn(10, 5)
        loss = (metric(a, b) - (a - b).pow(2).sum(-1)).pow(2).mean()
        opt.zero_grad()
        loss.backward()
    opt.step()
    print(step, loss.item())
