import torch
from torch import nn


class SoftAttention(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.key = nn.Linear(dim, dim)
        self.dim = dim
        # fix+ self.query = nn.Parameter(torch.randn(dim))

    def scores(self, x):
        self.query = nn.Parameter(torch.randn(self.dim))  # <- created-in-forward: attend.query
        # fix:
        return torch.softmax(torch.tanh(self.key(x)) @ self.query, dim=1)

    def forward(self, x):
        return (self.scores(x).unsqueeze(-1) * x).sum(1)


torch.manual_seed(0)
attend = SoftAttention(4)
opt = torch.optim.SGD(attend.parameters(), lr=0.1)
x, y = torch.randn(5, 3, 4), torch.randn(5, 4)
for _ in range(4):
    opt.zero_grad()
    (attend(x) - y).pow(2).sum().backward()
    opt.step()
