from dataclasses import dataclass

import torch
from torch import nn


@dataclass
class Parts:
    query: nn.Module
    key: nn.Module
    value: nn.Module


class Attention(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.parts = Parts(*(nn.Linear(dim, dim, bias=False) for _ in range(3)))  # <- unregistered-container: attention.parts.query.weight, attention.parts.key.weight, attention.parts.value.weight -> attention.query.weight, attention.key.weight, attention.value.weight
        # fix: self.query, self.key, self.value = (nn.Linear(dim, dim, bias=False) for _ in range(3))
        # fix: self.parts = Parts(self.query, self.key, self.value)
        self.out = nn.Linear(dim, 1)

    def forward(self, x):
        p = self.parts
        h = nn.functional.scaled_dot_product_attention(p.query(x), p.key(x), p.value(x))
        return self.out(h).squeeze(-1)


def run(steps):
    attention = Attention(4)
    optimizer = torch.optim.Adam(attention.parameters(), lr=0.01)
    x, y = torch.randn(6, 5, 4), torch.randn(6, 5)
    for _ in range(steps):
        optimizer.zero_grad()
        loss = (attention(x) - y).square().sum()
        loss.backward()
        optimizer.step()


torch.manual_seed(0)
run(4)
