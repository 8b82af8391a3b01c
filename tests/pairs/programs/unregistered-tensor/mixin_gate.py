import torch
from torch import nn
from torch.nn import functional as F


class GateMixin:
    """Gives any module a per-channel gate."""

    def init_gate(self, channels):
        self.gate = torch.rand(channels, 1, 1, requires_grad=True)  # <- unregistered-tensor: net.gate
        # fix: self.gate = nn.Parameter(torch.rand(channels, 1, 1))

    def apply_gate(self, x):
        return x * torch.sigmoid(self.gate)


class ConvNet(GateMixin, nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 4, 3, padding=1)
        self.fc = nn.Linear(4, 2)
        self.init_gate(4)

    def forward(self, x):
        x = self.apply_gate(torch.tanh(self.conv(x)))
        return self.fc(x.mean(dim=(2, 3)))


torch.manual_seed(1)
net = ConvNet()
sgd = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9, weight_decay=1e-4)
images, labels = torch.randn(8, 1, 6, 6), torch.randint(0, 2, (8,))
for epoch in range(5):
    sgd.zero_grad()
    F.cross_entropy(net(images), labels).backward()
    sgd.step()
