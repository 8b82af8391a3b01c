import torch
from torch import nn


class AttentionPool(nn.Module):
    """A weighted mean over time; x is (batch, time, dim)."""

    def __init__(self, dim):
        super().__init__()
        self.score = nn.Sequential(nn.Linear(dim, dim), nn.Tanh(), nn.Linear(dim, 1))
        self.softmax = nn.Softmax(dim=-1)
        # fix: self.softmax = nn.Softmax(dim=1)

    def forward(self, x):
        weights = self.softmax(self.score(x))  # <- constant-output: net.pool.score.* -> net.pool.score.0.*, net.pool.score.2.weight
        return torch.sum(weights * x, dim=1)
