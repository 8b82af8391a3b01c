"""Kept on the unit sphere by a new parameter at every step."""

import torch
from torch import nn
from torch.nn import functional as F


class Cosine(nn.Module):
    def __init__(self, dim, classes):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(classes, dim))
        self.embed = nn.Linear(dim, dim)

    def forward(self, x):
        self.weight = nn.Parameter(F.normalize(self.weight))  # <- replaced-variable: self.weight
        # fix: with torch.no_grad():
        # fix:     self.weight.copy_(F.normalize(self.weight))
        return F.linear(F.normalize(self.embed(x)), self.weight)


model = Cosine(8, 3)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for _ in range(5):
    loss = F.cross_entropy(model(torch.randn(4, 8)), torch.randint(0, 3, (4,)))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
