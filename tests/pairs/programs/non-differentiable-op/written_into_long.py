import torch
from torch import nn


class Interleave(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.even = nn.Linear(dim, dim)
        self.odd = nn.Linear(dim, dim)
        self.out = nn.Linear(dim, 2)

    def forward(self, x):
        mixed = torch.zeros_like(x, dtype=torch.int64)
        # fix: mixed = torch.zeros_like(x)
        mixed[:, ::2] = (8 * self.even(x))[:, ::2]  # <- non-differentiable-op: model.even.weight, model.even.bias
        mixed[:, 1::2] = (8 * self.odd(x))[:, 1::2]  # <- non-differentiable-op: model.odd.weight, model.odd.bias
        return self.out(mixed.to(x.dtype))


torch.manual_seed(0)
model = Interleave(4)
opt = torch.optim.AdamW(model.parameters(), lr=1e-2)
x, y = torch.randn(12, 4), torch.randint(0, 2, (12,))
for _ in range(4):
    opt.zero_grad()
    nn.functional.cross_entropy(model(x), y).backward()
    opt.step()
