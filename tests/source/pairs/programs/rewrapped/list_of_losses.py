import torch
from torch import nn


class MultiTask(nn.Module):
    def __init__(self, tasks):
        super().__init__()
        self.trunk = nn.Linear(8, 16)
        self.heads = nn.ModuleDict({t: nn.Linear(16, 1) for t in tasks})

    def forward(self, x):
        h = torch.relu(self.trunk(x))
        return {t: head(h) for t, head in self.heads.items()}


def fit(tasks, batches):
    model = MultiTask(tasks)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for x, targets in batches:
        out = model(x)
        losses = [nn.functional.mse_loss(out[t], targets[t]) for t in tasks]
        total = torch.tensor(losses, requires_grad=True).sum()  # <- rewrapped: self.trunk, self.heads
        # fix: total = torch.stack(losses).sum()
        optimizer.zero_grad()
        total.backward()
        optimizer.step()
    return None
