"""The angle of a vector with itself: the derivative of acos is infinite at 1."""
import torch
import torch.nn.functional as F
from torch import nn


class Spread(nn.Module):
    """Prototypes that should stand far from each other."""

    def __init__(self, count, size):
        super().__init__()
        self.prototypes = nn.Parameter(torch.randn(count, size))

    def forward(self):
        p = F.normalize(self.prototypes, dim=-1)
        cosine = (p @ p.t()).clamp(-1, 1)
        # fix: cosine = (p @ p.t()).clamp(-1 + 1e-6, 1 - 1e-6)
        return -torch.acos(cosine).mean()  # <- nan-gradient: spread.prototypes


torch.manual_seed(0)
spread = Spread(6, 4)
with torch.no_grad():
    spread.prototypes[0] = torch.tensor([3.0, 0.0, 0.0, 0.0])
optimizer = torch.optim.Adam(spread.parameters(), lr=1e-3)
for _ in range(5):
    loss = spread()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
