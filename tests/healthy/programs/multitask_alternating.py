"""Several heads over one trunk; a step trains one task, so the other heads get nothing in it."""

import random

import torch
import torch.nn as nn


class MultiTask(nn.Module):
    def __init__(self, tasks):
        super().__init__()
        self.trunk = nn.Sequential(nn.Linear(8, 16), nn.ReLU())
        self.heads = nn.ModuleDict({name: nn.Linear(16, n) for name, n in tasks.items()})

    def forward(self, x, task):
        return self.heads[task](self.trunk(x))


random.seed(0)
torch.manual_seed(0)
tasks = {"topic": 4, "sentiment": 2, "language": 3}
model = MultiTask(tasks)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
for step in range(6):
    task = list(tasks)[step % 3]
    x, y = torch.randn(8, 8), torch.randint(0, tasks[task], (8,))
    loss = nn.functional.cross_entropy(model(x, task), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(step, task, loss.item())
