import torch
from block import Residual
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(4, 4), Residual(4, 6), nn.Linear(6, 1))
optimizer = torch.optim.Adam(net.parameters(), lr=1e-2)
x, y = torch.randn(8, 4), torch.randn(8, 1)
for _ in range(4):
    optimizer.zero_grad()
    (net(x) - y).pow(2).mean().backward()
    optimizer.step()
