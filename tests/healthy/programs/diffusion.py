"""A diffusion model's training step: the schedule is constant, the noise is the target."""

import math

import torch
import torch.nn as nn
import torch.nn.functional as F


class TimeEmbedding(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.dim = dim
        self.mlp = nn.Sequential(nn.Linear(dim, dim), nn.SiLU(), nn.Linear(dim, dim))

    def forward(self, t):
        half = self.dim // 2
        freqs = torch.exp(-math.log(10000) * torch.arange(half) / half)
        args = t[:, None].float() * freqs[None]
        return self.mlp(torch.cat([args.cos(), args.sin()], dim=-1))


class Denoiser(nn.Module):
    def __init__(self, ch=8):
        super().__init__()
        self.time = TimeEmbedding(ch)
        self.down = nn.Conv2d(1, ch, 3, padding=1)
        self.mid = nn.Conv2d(ch, ch, 3, padding=1)
        self.norm = nn.GroupNorm(2, ch)
        self.up = nn.Conv2d(ch, 1, 3, padding=1)
        nn.init.zeros_(self.up.weight)
        nn.init.zeros_(self.up.bias)

    def forward(self, x, t):
        h = F.silu(self.down(x)) + self.time(t)[:, :, None, None]
        return self.up(F.silu(self.norm(self.mid(h))))


class DDPM:
    def __init__(self, model, steps=100):
        self.model, self.steps = model, steps
        self.betas = torch.linspace(1e-4, 0.02, steps)
        self.alpha_bar = torch.cumprod(1 - self.betas, dim=0)

    def loss(self, x0):
        t = torch.randint(0, self.steps, (x0.size(0),))
        noise = torch.randn_like(x0)
        a = self.alpha_bar[t].view(-1, 1, 1, 1)
        return F.mse_loss(self.model(a.sqrt() * x0 + (1 - a).sqrt() * noise, t), noise)


torch.manual_seed(0)
ddpm = DDPM(Denoiser())
opt = torch.optim.Adam(ddpm.model.parameters(), lr=2e-3)
for step in range(5):
    loss = ddpm.loss(torch.randn(4, 1, 8, 8))
    opt.zero_grad(set_to_none=True)
    loss.backward()
    opt.step()
    print(step, loss.item())
