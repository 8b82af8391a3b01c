import torch
from torch import nn


def prune(layer, keep=0.5):
    """Zero the smallest weights."""
    weight = layer.weight
    mask = (weight.abs() > weight.abs().quantile(1 - keep)).float()
    del layer.weight
    # fix:
    layer.weight = weight.detach() * mask  # <- replaced-variable: model.fc2.weight
    # fix: weight.data.mul_(mask)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(6, 8)
        self.fc2 = nn.Linear(8, 2)

    def forward(self, x):
        return self.fc2(torch.tanh(self.fc1(x)))


torch.manual_seed(0)
model = Net()
prune(model.fc2)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
x, y = torch.randn(8, 6), torch.randint(0, 2, (8,))
for _ in range(5):
    optimizer.zero_grad()
    nn.functional.cross_entropy(model(x), y).backward()
    optimizer.step()
