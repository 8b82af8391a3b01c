import torch
from torch import nn


class Gate(nn.Module):
    """Scales each channel before it is mixed."""

    def __init__(self, dim, bias=True):
        # fix+ super().__init__()
        # One factor for each channel.
        self.scale = torch.randn(dim, requires_grad=True)  # <- unregistered-tensor: self.scale
        # fix: self.scale = nn.Parameter(torch.randn(dim))
        self.dim = dim

        super().__init__()
        # fix:

        # fix:
        self.mix = nn.Linear(dim, dim, bias=bias)

    def forward(self, x):
        return self.mix(x * self.scale)
