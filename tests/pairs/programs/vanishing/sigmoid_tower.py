import torch
from torch import nn


class Tower(nn.Module):
    def __init__(self, depth=20, width=16):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(width, width) for _ in range(depth))
        self.out = nn.Linear(width, 1)

    def forward(self, x):
        for layer in self.layers:
            x = torch.sigmoid(layer(x))  # <- warning vanishing: model.layers.[0-9].*, model.layers.1[0-4].*
            # fix: x = x + torch.sigmoid(layer(x)) - 0.5
        return self.out(x)


torch.manual_seed(0)
model = Tower()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
x, y = torch.randn(32, 16), torch.randn(32, 1)
for _ in range(4):
    optimizer.zero_grad()
    nn.functional.mse_loss(model(x), y).backward()
    optimizer.step()
