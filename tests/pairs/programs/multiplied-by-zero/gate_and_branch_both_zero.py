"""A residual gate at zero is a good start, and so is a zero last layer: not both."""
import torch
from torch import nn


class ResidualBlock(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.branch = nn.Sequential(nn.LayerNorm(dim), nn.Linear(dim, dim), nn.GELU(), nn.Linear(dim, dim))
        self.alpha = nn.Parameter(torch.zeros(1))
        nn.init.zeros_(self.branch[-1].weight)
        # fix: nn.init.xavier_normal_(self.branch[-1].weight)
        nn.init.zeros_(self.branch[-1].bias)

    def forward(self, x):
        return x + self.alpha * self.branch(x)  # <- multiplied-by-zero: model.blocks.*


class Model(nn.Module):
    def __init__(self, dim=8, depth=2):
        super().__init__()
        self.embed = nn.Linear(3, dim)
        self.blocks = nn.Sequential(*(ResidualBlock(dim) for _ in range(depth)))
        self.head = nn.Linear(dim, 1)

    def forward(self, x):
        return self.head(self.blocks(self.embed(x)))


torch.manual_seed(0)
model = Model()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
x, y = torch.randn(16, 3), torch.randn(16, 1)
for _ in range(5):
    optimizer.zero_grad()
    nn.functional.mse_loss(model(x), y).backward()
    optimizer.step()
