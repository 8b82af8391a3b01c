import torch
from ops import Gated
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(4, 4), Gated(4), nn.Linear(4, 1))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
x, y = torch.randn(8, 4), torch.randn(8, 1)
for _ in range(5):
    optimizer.zero_grad()
    (model(x) - y).abs().mean().backward()
    optimizer.step()
