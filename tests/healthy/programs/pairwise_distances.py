"""Metric learning on distances between embeddings: the last bias moves all of them alike."""

import torch
import torch.nn as nn

torch.manual_seed(0)
embedder = nn.Sequential(nn.Linear(6, 16), nn.SiLU(), nn.Linear(16, 3))
opt = torch.optim.Adam(embedder.parameters(), lr=1e-2)
x, labels = torch.randn(20, 6), torch.randint(0, 4, (20,))
same = (labels[:, None] == labels[None, :]) & ~torch.eye(20, dtype=torch.bool)
other = labels[:, None] != labels[None, :]
for step in range(5):
    z = embedder(x)
    d = (z[:, None] - z[None, :]).pow(2).sum(-1)
    loss = d[same].mean() + torch.relu(4.0 - d[other]).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(step, loss.item())
