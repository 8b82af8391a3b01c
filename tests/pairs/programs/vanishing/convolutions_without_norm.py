import torch
from torch import nn


class ConvBlock(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x):
        return torch.sigmoid(self.conv(x))
        # fix: return x + torch.tanh(self.conv(x))


class Net(nn.Module):
    def __init__(self, depth=12):
        super().__init__()
        self.stem = nn.Conv2d(1, 4, 3, padding=1)
        self.blocks = nn.Sequential(*[ConvBlock(4) for _ in range(depth)])
        self.head = nn.Linear(4, 5)

    def forward(self, image):
        return self.head(self.blocks(self.stem(image)).mean((2, 3)))  # <- warning vanishing: net.stem.*, net.blocks.[0-7].*


torch.manual_seed(0)
net = Net()
optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
x, y = torch.rand(8, 1, 8, 8), torch.randint(0, 5, (8,))
for _ in range(4):
    optimizer.zero_grad()
    nn.functional.cross_entropy(net(x), y).backward()
    optimizer.step()
