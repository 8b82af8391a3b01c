"""Gradual unfreezing: the trunk joins the optimizer after two steps."""

import torch
import torch.nn as nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.trunk = nn.Sequential(nn.Linear(8, 16), nn.ReLU())
        self.head = nn.Linear(16, 2)

    def forward(self, x):
        return self.head(self.trunk(x))


torch.manual_seed(0)
net = Net()
net.trunk.requires_grad_(False)
opt = torch.optim.Adam(net.head.parameters(), lr=1e-3)
for step in range(5):
    if step == 2:
        net.trunk.requires_grad_(True)
        opt.add_param_group({"params": net.trunk.parameters(), "lr": 1e-4})
    x, y = torch.randn(16, 8), torch.randint(0, 2, (16,))
    loss = nn.functional.cross_entropy(net(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(step, loss.item())
