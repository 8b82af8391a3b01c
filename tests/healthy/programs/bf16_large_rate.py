"""Weights in bfloat16 with a rate that is large enough for it."""

import torch
import torch.nn as nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 3)).to(torch.bfloat16)
optimizer = torch.optim.SGD(model.parameters(), lr=0.5, momentum=0.9)
x, y = torch.randn(64, 8, dtype=torch.bfloat16), torch.randint(0, 3, (64,))
for step in range(5):
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(model(x).float(), y)
    loss.backward()
    optimizer.step()
    print(step, loss.item())
