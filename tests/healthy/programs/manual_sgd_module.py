"""A module updated by hand, with model.zero_grad()."""

import torch
import torch.nn as nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1))
lr = 1e-2
x, y = torch.randn(32, 4), torch.randn(32, 1)
for step in range(5):
    loss = nn.functional.mse_loss(model(x), y)
    model.zero_grad()
    loss.backward()
    with torch.no_grad():
        for p in model.parameters():
            p -= lr * p.grad
    print(step, loss.item())
