import torch
from torch import nn


class Calibrated(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.net = nn.Linear(6, classes)
        self.register_buffer("temperature", torch.ones(1, requires_grad=True))  # <- buffer-not-parameter: model.temperature
        # fix: self.temperature = nn.Parameter(torch.ones(1))

    def forward(self, x):
        return self.net(x) / self.temperature


torch.manual_seed(0)
model = Calibrated(3)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
x, y = torch.randn(16, 6), torch.randint(0, 3, (16,))
for _ in range(5):
    optimizer.zero_grad()
    nn.functional.cross_entropy(model(x), y).backward()
    optimizer.step()
