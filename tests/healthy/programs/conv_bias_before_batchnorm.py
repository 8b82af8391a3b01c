"""Convs keep the bias that the batch norm behind them takes out again."""

import torch
import torch.nn as nn


def block(n_in, n_out):
    return nn.Sequential(nn.Conv2d(n_in, n_out, 3, padding=1), nn.BatchNorm2d(n_out), nn.ReLU())


torch.manual_seed(0)
model = nn.Sequential(block(1, 4), block(4, 8), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 3))
opt = torch.optim.Adam(model.parameters(), lr=1e-2)
x, y = torch.randn(8, 1, 8, 8), torch.randint(0, 3, (8,))
for step in range(5):
    loss = nn.functional.cross_entropy(model(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(step, loss.item())
