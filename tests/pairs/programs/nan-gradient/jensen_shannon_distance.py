"""A distance of distributions: first the logarithm of an empty bin, then the root of a distance of
zero, which shows only once the first is mended.
"""
import torch
from torch import nn


class Palette(nn.Module):
    """Predicts how often each colour occurs; sharp, so that most bins are empty."""

    def __init__(self, width, bins):
        super().__init__()
        self.score = nn.Linear(width, bins)

    def forward(self, x):
        p = torch.relu(self.score(x)) + 0.0
        return p / p.sum(-1, keepdim=True).clamp_min(1e-6)


def distance(p, q):
    middle = (p + q) / 2
    left = p * (torch.log(p) - torch.log(middle))  # <- nan-gradient: model.score.*
    # fix: left = p * (torch.log(p + 1e-8) - torch.log(middle + 1e-8))
    right = q * (torch.log(q + 1e-8) - torch.log(middle + 1e-8))
    divergence = (left + right).sum(-1).clamp_min(0)
    return torch.sqrt(divergence)  # <- nan-gradient: model.score.*
    # fix: return torch.sqrt(divergence + 1e-8)


torch.manual_seed(0)
model = Palette(8, 6)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
for _ in range(4):
    x = torch.randn(16, 8)
    pairs = torch.cat([x, x[:8]])
    p = model(pairs)
    q = torch.cat([p[:8], p[8:16].roll(1, 0), p[16:]])
    optimizer.zero_grad()
    loss = distance(p, q).mean()
    loss.backward()
    optimizer.step()
