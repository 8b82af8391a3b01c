"""A root of an angle: both have an infinite slope where two directions are the same."""
import torch
import torch.nn.functional as F
from torch import nn


class Encoder(nn.Module):
    """Points on a sphere, and how far they lie apart along it."""

    def __init__(self, width, size):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(width, 32), nn.Tanh(), nn.Linear(32, size))

    def forward(self, x):
        return F.normalize(self.body(x), dim=-1)


def spread(points):
    cosine = (points @ points.t()).clamp(-1, 1)
    angle = torch.acos(cosine)  # <- nan-gradient: encoder.*
    # fix: angle = torch.acos(cosine.clamp(-1 + 1e-6, 1 - 1e-6))
    return torch.sqrt(angle).mean()  # <- nan-gradient: encoder.*
    # fix: return torch.sqrt(angle + 1e-6).mean()


torch.manual_seed(0)
encoder = Encoder(8, 3)
optimizer = torch.optim.Adam(encoder.parameters(), lr=1e-3)
for _ in range(4):
    optimizer.zero_grad()
    loss = -spread(encoder(torch.randn(16, 8)))
    loss.backward()
    optimizer.step()
