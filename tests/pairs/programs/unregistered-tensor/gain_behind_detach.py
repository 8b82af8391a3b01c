"""Two causes in a row: the gain is a plain tensor, and a detach keeps gradient from it anyway."""
import torch
from torch import nn


class Gained(nn.Module):
    """Scales what it computes, channel by channel."""

    def __init__(self, width):
        super().__init__()
        self.mix = nn.Linear(width, width)
        self.gain = torch.randn(width)  # <- warning unregistered-tensor: model.stem.gain
        # fix: self.gain = nn.Parameter(torch.randn(width))

    def forward(self, x):
        h = self.mix(x) * self.gain
        return h.detach()  # <- detached: model.stem.mix.*
        # fix: return h


class Net(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.stem = Gained(width)
        self.head = nn.Linear(width, 1)

    def forward(self, x):
        return self.head(torch.tanh(self.stem(x)))


torch.manual_seed(0)
model = Net(12)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
for _ in range(4):
    x = torch.randn(32, 12)
    loss = (model(x) - x.sum(1, keepdim=True)).pow(2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
