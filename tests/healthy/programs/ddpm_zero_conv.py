"""Noise prediction whose last conv and whose blocks' second convs begin at zero."""

import torch
import torch.nn as nn
import torch.nn.functional as F


def zero(module):
    for p in module.parameters():
        nn.init.zeros_(p)
    return module


class Block(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.norm1 = nn.GroupNorm(2, channels)
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.time = nn.Linear(8, channels)
        self.norm2 = nn.GroupNorm(2, channels)
        self.conv2 = zero(nn.Conv2d(channels, channels, 3, padding=1))

    def forward(self, x, t):
        h = self.conv1(F.silu(self.norm1(x)))
        h = h + self.time(F.silu(t))[:, :, None, None]
        return x + self.conv2(F.silu(self.norm2(h)))


class UNetLike(nn.Module):
    def __init__(self, channels=8):
        super().__init__()
        self.inp = nn.Conv2d(1, channels, 3, padding=1)
        self.time = nn.Sequential(nn.Linear(1, 8), nn.SiLU(), nn.Linear(8, 8))
        self.blocks = nn.ModuleList([Block(channels), Block(channels)])
        self.out = zero(nn.Conv2d(channels, 1, 3, padding=1))

    def forward(self, x, t):
        t = self.time(t[:, None])
        h = self.inp(x)
        for block in self.blocks:
            h = block(h, t)
        return self.out(F.silu(h))


torch.manual_seed(0)
model = UNetLike()
opt = torch.optim.AdamW(model.parameters(), lr=5e-3)
images = torch.randn(8, 1, 8, 8)
for step in range(6):
    t = torch.rand(8)
    noise = torch.randn_like(images)
    a = torch.cos(t * 1.5)[:, None, None, None]
    loss = F.mse_loss(model(a * images + (1 - a**2).sqrt() * noise, t), noise)
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(step, loss.item())
