import torch
from torch import nn


class Scaler(nn.Module):
    def __init__(self, channels, dtype):
        super().__init__()
        self.mix = nn.Linear(channels, channels)
        self.scale = nn.Parameter(torch.ones(channels, dtype=dtype) * 3)  # <- update-underflow: net.scale

    def forward(self, x):
        return self.mix(x) * self.scale.to(x.dtype)
