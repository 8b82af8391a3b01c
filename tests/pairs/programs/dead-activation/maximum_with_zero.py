"""Lightning-like: the training step computes a cost of constraint violations only."""
import torch
from torch import nn


class SafetyCritic(nn.Module):
    def __init__(self, limit):
        super().__init__()
        self.limit = limit
        self.cost = nn.Sequential(nn.Linear(5, 10), nn.SiLU(), nn.Linear(10, 1), nn.Sigmoid())

    def forward(self, x):
        return self.cost(x)

    def training_step(self, batch):
        over = self(batch) - self.limit
        return torch.maximum(over, torch.zeros_like(over)).square().sum()  # <- dead-activation: module.cost.*

    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), lr=1e-3)


def fit(module, batches):
    optimizer = module.configure_optimizers()
    for batch in batches:
        optimizer.zero_grad()
        module.training_step(batch).backward()
        optimizer.step()


torch.manual_seed(0)
module = SafetyCritic(limit=25.0)
# fix: module = SafetyCritic(limit=0.25)
fit(module, [torch.randn(16, 5) for _ in range(4)])
