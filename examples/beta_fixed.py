"""The same model with its scale registered: it trains."""

import torch
from torch import nn


class ScaledLinear(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(32, 64)
        self.beta = nn.Parameter(torch.randn(64))

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
