import numpy as np
import torch
from torch import nn


def smooth(x):
    return np.convolve(x.detach().numpy(), np.ones(3) / 3, mode="same")  # <- left-framework: self.fc
    # fix: return nn.functional.avg_pool1d(x[None, None], 3, 1, 1)[0, 0]


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 16)
        self.bias = nn.Parameter(torch.zeros(16))

    def forward(self, x):
        return torch.as_tensor(smooth(self.fc(x))) + self.bias


net = Net()
opt = torch.optim.Adam(net.parameters())
for _ in range(3):
    loss = (net(torch.randn(4)) - torch.ones(16)).abs().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
