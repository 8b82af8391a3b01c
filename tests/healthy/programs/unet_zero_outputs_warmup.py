"""A small U-Net whose residual outputs begin at zero, with a learning rate that rises from zero."""

import copy

import torch
import torch.nn.functional as F
from torch import nn


def zeroed(layer):
    nn.init.zeros_(layer.weight)
    nn.init.zeros_(layer.bias)
    return layer


class Residual(nn.Module):
    def __init__(self, before, after, time):
        super().__init__()
        self.norm1 = nn.GroupNorm(4, before)
        self.conv1 = nn.Conv2d(before, after, 3, padding=1)
        self.time = nn.Linear(time, after)
        self.norm2 = nn.GroupNorm(4, after)
        self.conv2 = zeroed(nn.Conv2d(after, after, 3, padding=1))
        self.skip = nn.Conv2d(before, after, 1) if before != after else nn.Identity()

    def forward(self, x, t):
        h = self.conv1(F.silu(self.norm1(x))) + self.time(F.silu(t))[..., None, None]
        return self.skip(x) + self.conv2(F.silu(self.norm2(h)))


class UNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.time = nn.Sequential(nn.Linear(16, 32), nn.SiLU(), nn.Linear(32, 32))
        self.enter = nn.Conv2d(1, 16, 3, padding=1)
        self.down, self.middle = Residual(16, 32, 32), Residual(32, 32, 32)
        self.up = Residual(48, 16, 32)
        self.leave = zeroed(nn.Conv2d(16, 1, 3, padding=1))

    def forward(self, x, t):
        angles = t[:, None] * torch.exp(-torch.arange(8) * 0.5)
        t = self.time(torch.cat([angles.sin(), angles.cos()], -1))
        wide = self.enter(x)
        deep = self.middle(F.avg_pool2d(self.down(wide, t), 2), t)
        joined = torch.cat([F.interpolate(deep, scale_factor=2), wide], 1)
        return self.leave(F.silu(self.up(joined, t)))


torch.manual_seed(0)
model = UNet()
average = copy.deepcopy(model).requires_grad_(False)
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: min(1.0, step / 4))
for step in range(8):
    optimizer.zero_grad()
    for _ in range(2):
        x, t = torch.randn(4, 1, 8, 8), torch.rand(4)
        noise = torch.randn_like(x)
        share = t[:, None, None, None]
        made = model(share * noise + (1 - share) * x, 100 * t)
        loss = F.mse_loss(made, noise) / 2
        loss.backward()
    optimizer.step()
    schedule.step()
    with torch.no_grad():
        for own, mean in zip(model.parameters(), average.parameters()):
            mean.lerp_(own, 0.01)
    print(step, loss.item())
