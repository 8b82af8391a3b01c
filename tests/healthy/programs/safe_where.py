"""Two `where`s around a root and a quotient: the operand is chosen before the op, then its result."""

import torch
import torch.nn as nn


class RootOfPositive(nn.Module):
    def forward(self, x):
        positive = x > 0
        root = torch.where(positive, x, torch.ones_like(x)).sqrt()
        return torch.where(positive, root, torch.zeros_like(x))


def mean_where(values, mask):
    count = mask.sum(-1)
    mean = (values * mask).sum(-1) / torch.where(count > 0, count, torch.ones_like(count))
    return torch.where(count > 0, mean, torch.zeros_like(mean))


torch.manual_seed(0)
model = nn.Sequential(nn.Linear(5, 8), RootOfPositive(), nn.Linear(8, 6))
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
x, y = torch.randn(16, 5), torch.randn(16)
mask = (torch.rand(16, 6) > 0.5).float()
mask[3] = 0
for step in range(4):
    loss = (mean_where(model(x), mask) - y).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(step, loss.item())
