import torch
from torch import nn


class Standardize(nn.Module):
    def __init__(self, features):
        super().__init__()
        self.gain = nn.Parameter(torch.ones(features))
        self.shift = nn.Parameter(torch.zeros(features))

    def forward(self, x):
        mean = x.mean(0)
        scale = x.var(0).sqrt()
        # fix: scale = (x.var(0) + 1e-5).sqrt()
        x = (x - mean) / scale  # <- nan-gradient: model.*
        return x * self.gain + self.shift


torch.manual_seed(0)
model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), Standardize(8), nn.Linear(8, 2))
with torch.no_grad():
    model[0].bias[3] = -50.0
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
x, y = torch.randn(32, 4), torch.randint(0, 2, (32,))
for epoch in range(5):
    optimizer.zero_grad()
    nn.functional.cross_entropy(model(x), y).backward()
    optimizer.step()
