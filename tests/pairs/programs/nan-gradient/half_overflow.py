import torch
from torch import nn


class Energy(nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = nn.Linear(4, 8)
        self.out = nn.Linear(8, 1)

    def forward(self, x):
        h = self.scale(x).half()
        # fix: h = self.scale(x)
        energy = h * h  # <- nan-gradient: model.*
        return self.out(torch.log1p(energy.float()))


torch.manual_seed(0)
model = Energy()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
x, y = torch.randn(16, 4) * 1000, torch.randn(16, 1)
for _ in range(4):
    optimizer.zero_grad()
    nn.functional.mse_loss(model(x), y).backward()
    optimizer.step()
