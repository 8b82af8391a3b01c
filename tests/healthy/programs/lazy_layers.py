"""Lazy layers take their shapes from the first batch."""

import torch
import torch.nn as nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.LazyConv1d(6, 3)
        self.bn = nn.LazyBatchNorm1d()
        self.fc = nn.LazyLinear(2)

    def forward(self, x):
        return self.fc(torch.relu(self.bn(self.conv(x))).flatten(1))


torch.manual_seed(0)
net = Net()
net(torch.randn(2, 3, 8))
opt = torch.optim.Adam(net.parameters(), lr=1e-3)
for step in range(4):
    x, y = torch.randn(8, 3, 8), torch.randint(0, 2, (8,))
    loss = nn.functional.cross_entropy(net(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(step, loss.item())
