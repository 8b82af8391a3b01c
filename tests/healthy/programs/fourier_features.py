"""Random Fourier features in a buffer, that are meant to stay as they are."""

import math

import torch
import torch.nn as nn


class FourierFeatures(nn.Module):
    def __init__(self, in_dim, features, scale=3.0):
        super().__init__()
        self.register_buffer("B", torch.randn(in_dim, features) * scale)

    def forward(self, x):
        projected = 2 * math.pi * x @ self.B
        return torch.cat([projected.sin(), projected.cos()], dim=-1)


torch.manual_seed(0)
model = nn.Sequential(FourierFeatures(2, 16), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 3))
opt = torch.optim.Adam(model.parameters(), lr=1e-3)
coords, pixels = torch.rand(64, 2), torch.rand(64, 3)
for step in range(4):
    loss = nn.functional.mse_loss(torch.sigmoid(model(coords)), pixels)
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(step, loss.item())
