import torch
from torch import nn


class ScaledLinear(nn.Module):
    def __init__(self, size=4):
        super().__init__()
        self.linear = nn.Linear(size, size)
        self.register_buffer("scale", torch.ones(size, requires_grad=True))  # <- buffer-not-parameter: self.scale
        # fix: self.scale = nn.Parameter(torch.ones(size))

    def forward(self, x):
        return self.linear(x) * self.scale
