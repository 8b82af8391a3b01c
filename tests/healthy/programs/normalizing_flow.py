"""RealNVP: coupling layers with fixed masks, a base distribution in buffers."""

import torch
import torch.nn as nn


class Coupling(nn.Module):
    def __init__(self, mask):
        super().__init__()
        self.register_buffer("mask", mask)
        self.s = nn.Sequential(nn.Linear(2, 16), nn.LeakyReLU(), nn.Linear(16, 2), nn.Tanh())
        self.t = nn.Sequential(nn.Linear(2, 16), nn.LeakyReLU(), nn.Linear(16, 2))

    def forward(self, x):
        kept = x * self.mask
        s, t = self.s(kept) * (1 - self.mask), self.t(kept) * (1 - self.mask)
        return kept + (1 - self.mask) * (x * s.exp() + t), s.sum(dim=1)


class RealNVP(nn.Module):
    def __init__(self, layers=4):
        super().__init__()
        masks = [torch.tensor([float(i % 2), float((i + 1) % 2)]) for i in range(layers)]
        self.layers = nn.ModuleList(Coupling(m) for m in masks)
        self.prior = torch.distributions.MultivariateNormal(torch.zeros(2), torch.eye(2))

    def log_prob(self, x):
        total = x.new_zeros(x.shape[0])
        for layer in self.layers:
            x, logdet = layer(x)
            total = total + logdet
        return self.prior.log_prob(x) + total


torch.manual_seed(0)
flow = RealNVP()
opt = torch.optim.Adam(flow.parameters(), lr=1e-3)
for step in range(4):
    x = torch.randn(64, 2) * torch.tensor([1.0, 0.3]) + 1
    loss = -flow.log_prob(x).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(step, loss.item())
