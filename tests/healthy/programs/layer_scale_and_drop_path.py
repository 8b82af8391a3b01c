"""ConvNeXt-like: layer scale of 1e-6 and whole branches dropped at random."""

import torch
import torch.nn as nn


class Block(nn.Module):
    def __init__(self, dim, drop):
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.mlp = nn.Sequential(nn.Linear(dim, 2 * dim), nn.GELU(), nn.Linear(2 * dim, dim))
        self.gamma = nn.Parameter(1e-6 * torch.ones(dim))
        self.drop = drop

    def forward(self, x):
        h = self.gamma * self.mlp(self.norm(x))
        if self.training and self.drop:
            keep = (torch.rand(len(x), 1) >= self.drop).float() / (1 - self.drop)
            h = h * keep
        return x + h


torch.manual_seed(0)
model = nn.Sequential(nn.Linear(5, 8), *(Block(8, 0.3) for _ in range(3)), nn.LayerNorm(8), nn.Linear(8, 2))
opt = torch.optim.AdamW(model.parameters(), lr=1e-3)
x, y = torch.randn(16, 5), torch.randint(0, 2, (16,))
for step in range(5):
    loss = nn.functional.cross_entropy(model(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(step, loss.item())
