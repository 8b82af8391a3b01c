"""Only the class is in sight: it makes a parameter and computes with its number."""

import torch
from torch import nn


class Scaled(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.proj = nn.Linear(dim, dim)
        self.log_temperature = nn.Parameter(torch.zeros(()))

    def forward(self, x):
        temperature = self.log_temperature.exp().item()  # <- warning left-framework: self.log_temperature
        # fix: temperature = self.log_temperature.exp()
        return self.proj(x) / temperature
