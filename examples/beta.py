"""A scale that never learns: `beta` is a tensor, but the model does not list it."""

import torch
from torch import nn


class ScaledLinear(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(32, 64)
        self.beta = torch.randn(64, requires_grad=True)

    def forward(self, x):
        return self.linear(x) * self.beta


torch.manual_seed(0)
model = ScaledLinear()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
x, y = torch.randn(256, 32), torch.randn(256, 64)

for epoch in range(100):
    optimizer.zero_grad()
    loss = nn.functional.mse_loss(model(x), y)
    loss.backward()
    optimizer.step()

print(f"final loss {loss.item():.4f}")
