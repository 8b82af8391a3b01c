import numpy as np
import torch
from torch import nn


class SpectralNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.inp = nn.Linear(16, 16)
        self.out = nn.Linear(9, 4)

    def forward(self, x):
        h = self.inp(x)
        spectrum = np.abs(np.fft.rfft(h.detach().cpu().numpy()))  # <- warning left-framework: self.inp
        # fix: spectrum = torch.fft.rfft(h).abs()
        spectrum = torch.from_numpy(spectrum).float()
        # fix:
        return self.out(spectrum)
