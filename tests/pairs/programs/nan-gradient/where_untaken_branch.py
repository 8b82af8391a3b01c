import torch
from torch import nn


class LogRates(nn.Module):
    def __init__(self):
        super().__init__()
        self.rate = nn.Linear(5, 8)
        self.readout = nn.Linear(8, 1)

    def forward(self, x):
        r = self.rate(x)
        logged = torch.where(r > 0, r.sqrt(), torch.zeros_like(r))  # <- nan-gradient: model.rate.*
        # fix: logged = torch.where(r > 0, torch.where(r > 0, r, 1.0).sqrt(), torch.zeros_like(r))
        return self.readout(logged)


torch.manual_seed(0)
model = LogRates()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
x, y = torch.randn(16, 5), torch.randn(16, 1)
for step in range(5):
    optimizer.zero_grad()
    loss = (model(x) - y).square().mean()
    loss.backward()
    optimizer.step()
