"""Two towers, a learned temperature that is clamped in place after each step."""

import math

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F


class CLIP(nn.Module):
    def __init__(self, dim=8):
        super().__init__()
        self.image = nn.Sequential(nn.Linear(12, 16), nn.GELU(), nn.Linear(16, dim))
        self.text = nn.EmbeddingBag(30, dim)
        self.projection = nn.Parameter(torch.empty(dim, dim))
        self.logit_scale = nn.Parameter(torch.ones([]) * np.log(1 / 0.07))
        nn.init.normal_(self.projection, std=dim**-0.5)

    def forward(self, image, text):
        i = F.normalize(self.image(image), dim=-1)
        t = F.normalize(self.text(text) @ self.projection, dim=-1)
        return self.logit_scale.exp() * i @ t.t()


torch.manual_seed(0)
model = CLIP()
decay = [p for p in model.parameters() if p.ndim >= 2]
no_decay = [p for p in model.parameters() if p.ndim < 2]
opt = torch.optim.AdamW(
    [{"params": decay, "weight_decay": 0.2}, {"params": no_decay, "weight_decay": 0.0}], lr=1e-3
)
for step in range(4):
    logits = model(torch.randn(6, 12), torch.randint(0, 30, (6, 5)))
    labels = torch.arange(6)
    loss = (F.cross_entropy(logits, labels) + F.cross_entropy(logits.t(), labels)) / 2
    opt.zero_grad()
    loss.backward()
    opt.step()
    with torch.no_grad():
        model.logit_scale.clamp_(0, math.log(100))
    print(step, loss.item(), model.logit_scale.exp().item())
