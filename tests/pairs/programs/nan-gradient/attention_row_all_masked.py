import math

import torch
from torch import nn


class SelfAttention(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.qkv = nn.Linear(dim, 3 * dim)
        self.proj = nn.Linear(dim, dim)

    def forward(self, x, keep):
        q, k, v = self.qkv(x).chunk(3, dim=-1)
        scores = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])
        scores = scores.masked_fill(~keep[:, None, :], float("-inf"))
        # fix: scores = scores.masked_fill(~keep[:, None, :], -1e9)
        weights = torch.softmax(scores, dim=-1)  # <- nan-gradient: model.*
        return self.proj(weights @ v)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.attention = SelfAttention(8)
        self.head = nn.Linear(8, 2)

    def forward(self, x, keep):
        return self.head(self.attention(x, keep).mean(1))


torch.manual_seed(0)
model = Model()
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
x, y = torch.randn(4, 6, 8), torch.randint(0, 2, (4,))
keep = torch.arange(6)[None] < torch.tensor([6, 3, 0, 5])[:, None]
for _ in range(4):
    optimizer.zero_grad()
    nn.functional.cross_entropy(model(x, keep), y).backward()
    optimizer.step()
