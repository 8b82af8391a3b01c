"""`torch.full` takes the dtype of its fill value."""
import torch
import torch.nn.functional as F
from torch import nn


def learnable(size, fill, train=True):
    value = torch.full((size,), fill)
    return nn.Parameter(value, requires_grad=train and value.is_floating_point())


class LayerScale(nn.Module):
    def __init__(self, dim, init=1):
        # fix: def __init__(self, dim, init=1.0):
        super().__init__()
        self.lin = nn.Linear(dim, dim)
        self.gamma = learnable(dim, init)  # <- warning integer-dtype: model.gamma

    def forward(self, x):
        return x + self.gamma * torch.tanh(self.lin(x))


torch.manual_seed(0)
model = LayerScale(4)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
x, y = torch.randn(8, 4), torch.randn(8, 4)
for _ in range(5):
    optimizer.zero_grad()
    F.mse_loss(model(x), y).backward()
    optimizer.step()
