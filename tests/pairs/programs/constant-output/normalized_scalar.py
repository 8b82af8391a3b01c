"""F.normalize of a single number leaves its sign."""
import torch
import torch.nn.functional as F
from torch import nn


class Projector(nn.Module):
    def __init__(self, dim, out):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(dim, dim), nn.Linear(dim, out)])

    def forward(self, x):
        for i, layer in enumerate(self.layers):
            x = layer(x)
            if i + 1 < len(self.layers):
                x = F.silu(x)
        return F.normalize(x, dim=1)  # <- constant-output: projector.layers.*


torch.manual_seed(0)
projector = Projector(5, out=1)
# fix: projector = Projector(5, out=4)
optimizer = torch.optim.Adam(projector.parameters(), lr=1e-3)
for _ in range(5):
    a, b = torch.randn(2, 16, 5)
    loss = (projector(a) - projector(b)).pow(2).sum(1).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
