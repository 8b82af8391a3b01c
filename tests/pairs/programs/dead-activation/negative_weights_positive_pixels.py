import torch
import torch.nn.functional as F
from torch import nn


class ConvNet(nn.Module):
    """A filter bank that is to respond to dark spots."""

    def __init__(self, channels=4):
        super().__init__()
        self.conv = nn.Conv2d(1, channels, 3, bias=False)
        self.conv.weight.data.uniform_(-1.0, 0.0)
        # fix: self.conv.weight.data.uniform_(-1.0, 1.0)
        self.fc = nn.Linear(channels, 2)

    def forward(self, images):
        x = self.conv(images)
        x = F.relu(x, inplace=True)  # <- dead-activation: net.conv.weight, net.fc.weight
        x = F.adaptive_avg_pool2d(x, 1).flatten(1)
        return self.fc(x)


torch.manual_seed(0)
net = ConvNet()
opt = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9)
images, labels = torch.rand(8, 1, 9, 9), torch.randint(0, 2, (8,))
for epoch in range(4):
    loss = F.cross_entropy(net(images), labels)
    opt.zero_grad()
    loss.backward()
    opt.step()
