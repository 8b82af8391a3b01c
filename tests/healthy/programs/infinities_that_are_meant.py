"""-inf as a mask, `logsumexp` over it, a minimum that starts at inf: none of it reaches a weight."""

import torch
import torch.nn as nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(6, 16), nn.Tanh(), nn.Linear(16, 7))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
x, y = torch.randn(16, 6), torch.randint(0, 4, (16,))
forbidden = torch.zeros(7).index_fill(0, torch.tensor([5, 6]), float("-inf"))
best = torch.tensor(float("inf"))
for step in range(4):
    scores = model(x) + forbidden
    loss = (torch.logsumexp(scores, -1) - scores.gather(1, y[:, None]).squeeze(1)).mean()
    best = torch.minimum(best, loss.detach())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(step, loss.item(), best.item())
