"""A low temperature that is fine: the scores are normalized, so the softmax is sharp and not flat."""

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(0)
encoder = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 8))
keys = nn.Parameter(F.normalize(torch.randn(5, 8), dim=-1))
values = nn.Parameter(torch.randn(5, 3))
opt = torch.optim.Adam([*encoder.parameters(), keys, values], lr=1e-3)
x, y = torch.randn(32, 6), torch.randn(32, 3)
for step in range(5):
    q = F.normalize(encoder(x), dim=-1)
    read = torch.softmax(q @ F.normalize(keys, dim=-1).t() / 0.05, dim=-1) @ values
    loss = F.mse_loss(read, y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(step, loss.item())
