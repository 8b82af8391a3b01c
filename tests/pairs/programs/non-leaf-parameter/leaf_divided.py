import math

import torch
from torch import nn


class Bilinear(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.proj = nn.Linear(dim, dim)
        self.m = torch.randn(dim, dim, requires_grad=True) / math.sqrt(dim)  # <- non-leaf-parameter: scorer.m
        # fix: self.m = nn.Parameter(torch.randn(dim, dim) / math.sqrt(dim))

    def forward(self, a, b):
        return (self.proj(a) @ self.m * b).sum(-1)


torch.manual_seed(0)
scorer = Bilinear(4)
opt = torch.optim.Adam(scorer.parameters(), lr=1e-2)
a, b, target = torch.randn(8, 4), torch.randn(8, 4), torch.rand(8)
for _ in range(5):
    opt.zero_grad()
    loss = nn.functional.binary_cross_entropy_with_logits(scorer(a, b), target)
    loss.backward()
    opt.step()
