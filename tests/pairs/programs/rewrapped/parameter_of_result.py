import torch
import torch.nn.functional as F
from torch import nn


class HyperNet(nn.Module):
    """Makes the weights of another layer."""

    def __init__(self, dim=4):
        super().__init__()
        self.dim = dim
        self.make = nn.Linear(3, dim * dim)
        self.out = nn.Linear(dim, 1)

    def forward(self, x, condition):
        weight = self.make(condition).view(self.dim, self.dim)
        weight = nn.Parameter(weight)  # <- rewrapped: hyper.make.weight, hyper.make.bias
        # fix:
        return self.out(torch.tanh(F.linear(x, weight)))


torch.manual_seed(0)
hyper = HyperNet()
opt = torch.optim.AdamW(hyper.parameters(), lr=1e-2)
x, condition, y = torch.randn(8, 4), torch.randn(3), torch.randn(8, 1)
for _ in range(5):
    opt.zero_grad()
    F.mse_loss(hyper(x, condition), y).backward()
    opt.step()
