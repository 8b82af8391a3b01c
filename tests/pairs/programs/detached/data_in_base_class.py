import torch
from torch import nn


class Featurizer(nn.Module):
    """Base class of all our heads."""

    def __init__(self, dim):
        super().__init__()
        self.stem = nn.Sequential(nn.Linear(5, dim), nn.GELU())

    def features(self, x):
        return self.stem(x).data  # <- detached: net.stem.0.*
        # fix: return self.stem(x)


class Regressor(Featurizer):
    def __init__(self, dim=8):
        super().__init__(dim)
        self.head = nn.Linear(dim, 1)

    def forward(self, x):
        return self.head(self.features(x)).squeeze(-1)


torch.manual_seed(0)
net = Regressor()
opt = torch.optim.AdamW(net.parameters(), lr=1e-2, weight_decay=0.1)
x, y = torch.randn(8, 5), torch.randn(8)
for _ in range(5):
    loss = (net(x) - y).abs().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
