"""The weight of the auxiliary loss rises from zero: its head waits for one step."""

import torch
import torch.nn as nn
import torch.nn.functional as F


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.trunk = nn.Sequential(nn.Linear(6, 16), nn.ReLU())
        self.main = nn.Linear(16, 3)
        self.aux = nn.Linear(16, 1)

    def forward(self, x):
        h = self.trunk(x)
        return self.main(h), self.aux(h)


torch.manual_seed(0)
net = Net()
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
x, y, z = torch.randn(24, 6), torch.randint(0, 3, (24,)), torch.randn(24, 1)
for step in range(6):
    weight = min(1.0, step / 10)
    main, aux = net(x)
    loss = F.cross_entropy(main, y) + weight * F.mse_loss(aux, z)
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(step, loss.item())
