import torch
from torch import nn


class Stage(nn.Sequential):
    def __init__(self, channels):
        super().__init__(nn.Conv2d(channels, channels, 3, padding=1), nn.LeakyReLU(0.1))


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.stages = nn.ModuleList([Stage(8) for _ in range(9)])
        self.classifier = nn.Linear(8, 3)
        self.apply(self.reset)

    def reset(self, module):
        if isinstance(module, nn.Conv2d):
            nn.init.uniform_(module.weight, -2, 2)
            # fix: nn.init.kaiming_uniform_(module.weight)

    def forward(self, x):
        for stage in self.stages:
            x = stage(x)  # <- warning exploding: net.stages.[0-2].*
        return self.classifier(x.mean((-1, -2)))


torch.manual_seed(0)
net = Net()
optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
x, y = torch.randn(4, 8, 6, 6), torch.randn(4, 3)
for _ in range(4):
    optimizer.zero_grad()
    nn.functional.smooth_l1_loss(net(x), y).backward()
    optimizer.step()
