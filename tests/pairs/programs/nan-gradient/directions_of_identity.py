"""The singular vectors of a mixing that begins as the identity: all of its values are equal."""
import torch
from torch import nn


class Mixing(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.weight = nn.Parameter(torch.eye(width))
        # fix: self.weight = nn.Parameter(torch.randn(width, width))

    def forward(self, x):
        return x @ self.weight

    def directions(self):
        left, _, _ = torch.linalg.svd(self.weight)  # <- nan-gradient: mixing.weight
        return left


torch.manual_seed(0)
mixing = Mixing(6)
optimizer = torch.optim.SGD(mixing.parameters(), lr=1e-3)
for _ in range(3):
    x = torch.randn(16, 6)
    optimizer.zero_grad()
    loss = (mixing(x) - 2 * x).pow(2).mean() + (mixing.directions()[:, 0] * x.mean(0)).sum()
    loss.backward()
    optimizer.step()
