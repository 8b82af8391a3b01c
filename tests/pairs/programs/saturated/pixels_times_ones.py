"""Images straight from uint8, through a conv whose kernels begin as box filters."""
import torch
import torch.nn.functional as F
from torch import nn


class BoxBlock(nn.Module):
    def __init__(self, n_in, n_out):
        super().__init__()
        self.conv = nn.Conv2d(n_in, n_out, 3)
        nn.init.ones_(self.conv.weight)

    def forward(self, x):
        return self.conv(x).sigmoid()  # <- saturated: net.block.conv.*


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.block = BoxBlock(1, 3)
        self.fc = nn.Linear(3, 4)

    def forward(self, x):
        return self.fc(self.block(x).mean((2, 3)))


def load(n):
    images = torch.randint(10, 256, (n, 1, 8, 8), dtype=torch.uint8)
    return images.float(), torch.randint(0, 4, (n,))
    # fix: return images.float() / 255 - 0.5, torch.randint(0, 4, (n,))


torch.manual_seed(0)
net = Net()
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(4):
    images, labels = load(6)
    loss = F.cross_entropy(net(images), labels)
    opt.zero_grad()
    loss.backward()
    opt.step()
