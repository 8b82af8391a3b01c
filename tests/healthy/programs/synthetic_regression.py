"""Targets come from a random true model that nothing is meant to train."""

import torch
from torch import nn

torch.manual_seed(0)
true_w = torch.randn(6, 1)
true_b = 0.7


class Stream:
    def __init__(self, noise):
        self.noise = noise
        self.drift = torch.randn(1)

    def batch(self, n):
        x = torch.randn(n, 6)
        return x, x @ true_w + true_b + self.drift + self.noise * torch.randn(n, 1)


stream = Stream(0.1)
model = nn.Linear(6, 1)
opt = torch.optim.SGD(model.parameters(), lr=0.1)
for step in range(5):
    x, y = stream.batch(32)
    loss = nn.functional.mse_loss(model(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(step, loss.item(), (model.weight.data.T - true_w).norm().item())
