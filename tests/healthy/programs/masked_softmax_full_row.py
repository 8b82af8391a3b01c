"""Attention over padding with -inf; rows that may look at nothing are handled and left out."""

import torch
import torch.nn as nn


class Attention(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.q, self.k, self.v = (nn.Linear(dim, dim) for _ in range(3))
        self.out = nn.Linear(dim, 1)

    def forward(self, x, keep):
        scores = self.q(x) @ self.k(x).transpose(1, 2) / x.shape[-1] ** 0.5
        empty = ~keep.any(-1)
        allowed = keep | empty[:, None]
        weights = scores.masked_fill(~allowed[:, None, :], float("-inf")).softmax(-1)
        h = (weights @ self.v(x)).mean(1)
        return torch.where(empty[:, None], torch.zeros_like(h), h) @ self.out.weight.t() + self.out.bias


torch.manual_seed(0)
model = Attention(8)
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
x, y = torch.randn(4, 5, 8), torch.randn(4, 1)
keep = torch.arange(5)[None] < torch.tensor([5, 2, 0, 4])[:, None]
for step in range(4):
    loss = nn.functional.mse_loss(model(x, keep), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(step, loss.item())
