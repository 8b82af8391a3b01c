"""Reentrant checkpointing done right: the inputs require grad, since a layer comes before it."""

import torch
import torch.nn as nn
from torch.utils.checkpoint import checkpoint, checkpoint_sequential


class Stage(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.net = nn.Sequential(nn.LayerNorm(dim), nn.Linear(dim, dim), nn.GELU())

    def forward(self, x):
        return x + self.net(x)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(20, 12)
        self.first, self.second = Stage(12), Stage(12)
        self.tail = nn.Sequential(nn.Linear(12, 12), nn.ReLU(), nn.Linear(12, 20))

    def forward(self, ids):
        h = self.embed(ids)
        h = checkpoint(self.first, h, use_reentrant=True)
        h = checkpoint(self.second, h, use_reentrant=True)
        return checkpoint_sequential(self.tail, 2, h, use_reentrant=True)


torch.manual_seed(0)
model = Model()
opt = torch.optim.Adam(model.parameters(), lr=1e-3)
for step in range(4):
    ids = torch.randint(0, 20, (4, 6))
    loss = nn.functional.cross_entropy(model(ids).flatten(0, 1), ids.flatten())
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(step, loss.item())
