import torch
from torch import nn


class Levels(nn.Module):
    """Reads the input against evenly spaced levels, which it may move."""

    def __init__(self, count):
        super().__init__()
        self.levels = nn.Parameter(torch.arange(count), requires_grad=False)  # <- warning integer-dtype: model.0.levels
        # fix: self.levels = nn.Parameter(torch.arange(float(count)))

    def forward(self, x):
        return torch.exp(-((x - self.levels) ** 2))


torch.manual_seed(0)
model = nn.Sequential(Levels(4), nn.Linear(4, 1))
optimizer = torch.optim.Adam([p for p in model.parameters() if p.requires_grad], lr=1e-2)
x, y = 4 * torch.rand(16, 1), torch.randn(16, 1)
for _ in range(5):
    optimizer.zero_grad()
    nn.functional.mse_loss(model(x), y).backward()
    optimizer.step()
