"""Gates from a sigmoid whose bias begins at 3: nearly open, not saturated."""

import torch
import torch.nn as nn


class SqueezeExcite(nn.Module):
    def __init__(self, channels, r=2):
        super().__init__()
        self.fc = nn.Sequential(
            nn.Linear(channels, channels // r), nn.ReLU(), nn.Linear(channels // r, channels), nn.Sigmoid()
        )
        nn.init.constant_(self.fc[2].bias, 3.0)

    def forward(self, x):
        gate = self.fc(x.mean((2, 3)))
        return x * gate[:, :, None, None]


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3)
        self.se = SqueezeExcite(8)
        self.fc = nn.Linear(8, 4)

    def forward(self, x):
        return self.fc(self.se(torch.relu(self.conv(x))).mean((2, 3)))


torch.manual_seed(0)
net = Net()
opt = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9)
x, y = torch.randn(8, 3, 8, 8), torch.randint(0, 4, (8,))
for step in range(5):
    loss = nn.functional.cross_entropy(net(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(step, loss.item())
