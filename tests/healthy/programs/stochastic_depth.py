"""Residual blocks that are skipped at random."""

import torch
import torch.nn as nn
import torch.nn.functional as F


class Block(nn.Module):
    def __init__(self, dim, survive):
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.fc = nn.Linear(dim, dim)
        self.survive = survive

    def forward(self, x):
        if self.training and torch.rand(1).item() > self.survive:
            return x
        h = F.gelu(self.fc(self.norm(x)))
        return x + (h / self.survive if self.training else h)


class Net(nn.Module):
    def __init__(self, dim=16, depth=10):
        super().__init__()
        self.stem = nn.Linear(8, dim)
        self.blocks = nn.ModuleList(Block(dim, 1 - 0.6 * i / depth) for i in range(depth))
        self.head = nn.Linear(dim, 3)

    def forward(self, x):
        x = self.stem(x)
        for block in self.blocks:
            x = block(x)
        return self.head(x)


torch.manual_seed(0)
net = Net()
opt = torch.optim.AdamW(net.parameters(), lr=1e-3)
for step in range(5):
    x, y = torch.randn(16, 8), torch.randint(0, 3, (16,))
    loss = F.cross_entropy(net(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(step, loss.item())
