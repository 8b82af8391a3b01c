import torch
from net import ResidualNet
from torch import nn

torch.manual_seed(0)
net = ResidualNet(4)
optimizer = torch.optim.Adam(net.parameters(), lr=1e-2)
x, y = torch.randn(8, 4), torch.randn(8, 4)
for _ in range(5):
    optimizer.zero_grad()
    nn.functional.mse_loss(net(x), y).backward()
    optimizer.step()
