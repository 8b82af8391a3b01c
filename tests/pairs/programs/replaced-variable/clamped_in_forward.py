import torch
from torch import nn


class PositiveScale(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.lin = nn.Linear(dim, dim)
        self.scale = nn.Parameter(torch.ones(dim))

    def forward(self, x):
        self.scale = nn.Parameter(self.scale.clamp(min=0.1))  # <- replaced-variable: model.scale
        # fix: self.scale.data.clamp_(min=0.1)
        return self.lin(x) * self.scale


torch.manual_seed(0)
model = PositiveScale(4)
opt = torch.optim.SGD(model.parameters(), lr=0.1)
x, y = torch.randn(8, 4), torch.randn(8, 4)
for _ in range(5):
    opt.zero_grad()
    loss = (model(x) - y).pow(2).mean()
    loss.backward()
    opt.step()
