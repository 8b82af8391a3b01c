import torch
from torch import nn


class Half(nn.Module):
    def forward(self, x):
        return x.half()


torch.manual_seed(0)
model = nn.Sequential(nn.Linear(8, 8), nn.Tanh(), nn.Linear(8, 1), Half())
# fix: model = nn.Sequential(nn.Linear(8, 8), nn.Tanh(), nn.Linear(8, 1))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
x, y = torch.randn(16, 8), torch.randn(16, 1)
for _ in range(4):
    optimizer.zero_grad()
    error = (model(x) - y).float() * 1e-4  # <- underflow: model.*
    error.pow(2).mean().backward()
    optimizer.step()
