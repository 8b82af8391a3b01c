"""Entropy and a focal loss by hand, each with its small number in the right place."""

import torch
import torch.nn as nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 4))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
x, y = 30 * torch.randn(32, 6), torch.randint(0, 4, (32,))
for step in range(4):
    probs = torch.softmax(model(x), dim=-1)
    picked = probs.gather(1, y[:, None]).squeeze(1)
    focal = -((1 - picked).clamp_min(1e-6) ** 0.5 * torch.log(picked + 1e-8)).mean()
    entropy = -(probs * probs.clamp_min(1e-12).log()).sum(-1).mean()
    loss = focal - 0.01 * entropy
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(step, loss.item())
