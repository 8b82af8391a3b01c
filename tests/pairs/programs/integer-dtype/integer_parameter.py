"""`nn.Parameter` refused the integers, so the author added `requires_grad=False`."""
import torch
from torch import nn


class Weighted(nn.Module):
    def __init__(self):
        super().__init__()
        self.lin = nn.Linear(3, 4)
        self.weight = nn.Parameter(torch.tensor([1, 2, 3, 4]), requires_grad=False)  # <- warning integer-dtype: model.weight
        # fix: self.weight = nn.Parameter(torch.tensor([1.0, 2.0, 3.0, 4.0]))

    def forward(self, x):
        return (torch.tanh(self.lin(x)) * self.weight).sum(-1)


torch.manual_seed(0)
model = Weighted()
optimizer = torch.optim.SGD(filter(lambda p: p.requires_grad, model.parameters()), lr=0.05)
x, y = torch.randn(8, 3), torch.randn(8)
for step in range(5):
    optimizer.zero_grad()
    loss = (model(x) - y).pow(2).mean()
    loss.backward()
    optimizer.step()
