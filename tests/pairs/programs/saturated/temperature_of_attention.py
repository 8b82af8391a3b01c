import torch
import torch.nn.functional as F
from torch import nn


class Attention(nn.Module):
    def __init__(self, dim, temperature=1.0):
        super().__init__()
        self.q = nn.Linear(dim, dim, bias=False)
        self.k = nn.Linear(dim, dim, bias=False)
        self.v = nn.Linear(dim, dim, bias=False)
        self.temperature = temperature

    def forward(self, x):
        q, k, v = self.q(x), self.k(x), self.v(x)
        scores = q @ k.transpose(-2, -1) / self.temperature
        weights = F.softmax(scores, dim=-1)  # <- saturated: model.attention.q.weight, model.attention.k.weight
        return weights @ v


class Model(nn.Module):
    def __init__(self, dim=6):
        super().__init__()
        self.attention = Attention(dim, temperature=1e-6)
        # fix: self.attention = Attention(dim, temperature=dim**0.5)
        self.head = nn.Linear(dim, 2)

    def forward(self, x):
        return self.head(self.attention(x).mean(1))


torch.manual_seed(0)
model = Model()
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.0)
x, y = torch.randn(8, 5, 6), torch.randint(0, 2, (8,))
for _ in range(5):
    optimizer.zero_grad()
    F.cross_entropy(model(x), y).backward()
    optimizer.step()
