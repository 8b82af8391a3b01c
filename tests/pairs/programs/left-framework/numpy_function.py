import numpy as np
import torch
from torch import nn


class Frequency(nn.Module):
    def __init__(self):
        super().__init__()
        self.frequency = nn.Parameter(torch.rand(4))
        self.out = nn.Linear(4, 1)

    def forward(self, t):
        phase = np.sin(self.frequency.detach().numpy())  # <- left-framework: wave.frequency
        # fix: phase = torch.sin(self.frequency)
        return self.out(t * torch.as_tensor(phase))
        # fix: return self.out(t * phase)


torch.manual_seed(0)
wave = Frequency()
adam = torch.optim.Adam(wave.parameters(), lr=1e-2)
t, y = torch.randn(8, 4), torch.randn(8, 1)
for _ in range(5):
    adam.zero_grad()
    (wave(t) - y).square().mean().backward()
    adam.step()
