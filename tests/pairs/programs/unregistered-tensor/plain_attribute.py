import torch
from torch import nn


class ScaledLinear(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(6, 8)
        self.beta = torch.randn(8, requires_grad=True)  # <- unregistered-tensor: model.beta
        # fix: self.beta = nn.Parameter(torch.randn(8))

    def forward(self, x):
        return self.linear(x) * self.beta


torch.manual_seed(0)
model = ScaledLinear()
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
x, y = torch.randn(16, 6), torch.randn(16, 8)
for step in range(5):
    optimizer.zero_grad()
    loss = nn.functional.mse_loss(model(x), y)
    loss.backward()
    optimizer.step()
