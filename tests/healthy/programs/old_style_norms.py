"""The older hook-based weight norm and spectral norm, still common in published code."""

import warnings

import torch
import torch.nn as nn

warnings.filterwarnings("ignore", category=FutureWarning)


class TCN(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.utils.weight_norm(nn.Conv1d(2, 6, 3, padding=2))
        self.conv2 = nn.utils.spectral_norm(nn.Conv1d(6, 6, 3, padding=2))
        self.linear = nn.Linear(6, 1)

    def forward(self, x):
        h = torch.relu(self.conv1(x)[:, :, :-2])
        h = torch.relu(self.conv2(h)[:, :, :-2])
        return self.linear(h[:, :, -1])


torch.manual_seed(0)
net = TCN()
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
for step in range(4):
    x = torch.randn(8, 2, 10)
    loss = nn.functional.mse_loss(net(x), x.sum(dim=(1, 2)).unsqueeze(1))
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(step, loss.item())
