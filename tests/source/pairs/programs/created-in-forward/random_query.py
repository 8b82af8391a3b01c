import torch
from torch import nn


class Pool(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.key = nn.Linear(dim, dim)
        # fix+ self.query = nn.Parameter(torch.randn(dim))

    def forward(self, x):
        query = nn.Parameter(torch.randn(x.size(-1)))  # <- created-in-forward: query
        # fix: query = self.query
        weights = (self.key(x) @ query).softmax(dim=1)
        return (weights.unsqueeze(-1) * x).sum(dim=1)


pool, out = Pool(6), nn.Linear(6, 1)
optimizer = torch.optim.Adam([*pool.parameters(), *out.parameters()])
for _ in range(4):
    loss = out(pool(torch.randn(2, 5, 6))).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
