import torch
from torch import nn


class Flexible(nn.Module):
    def __init__(self):
        super().__init__()
        # fix+ self.layer = nn.Linear(5, 6)
        self.out = nn.Linear(6, 2)

    def forward(self, x):
        layer = nn.Linear(x.shape[1], 6)  # <- created-in-forward: layer.weight, layer.bias -> model.layer.weight, model.layer.bias
        # fix: layer = self.layer
        return self.out(torch.tanh(layer(x)))


torch.manual_seed(0)
model = Flexible()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
x, y = torch.randn(8, 5), torch.randint(0, 2, (8,))
for _ in range(5):
    optimizer.zero_grad()
    nn.functional.cross_entropy(model(x), y).backward()
    optimizer.step()
