"""An EMA copy used for evaluation, kept by a helper class with a shadow dictionary as well."""

import copy

import torch
import torch.nn as nn


class EMA:
    def __init__(self, model, decay):
        self.model = model
        self.decay = decay
        self.shadow = {n: p.data.clone() for n, p in model.named_parameters() if p.requires_grad}
        self.backup = {}

    def update(self):
        for name, param in self.model.named_parameters():
            if param.requires_grad:
                average = (1.0 - self.decay) * param.data + self.decay * self.shadow[name]
                self.shadow[name] = average.clone()

    def apply_shadow(self):
        for name, param in self.model.named_parameters():
            self.backup[name] = param.data
            param.data = self.shadow[name]

    def restore(self):
        for name, param in self.model.named_parameters():
            param.data = self.backup[name]
        self.backup = {}


torch.manual_seed(0)
model = nn.Sequential(nn.Linear(6, 8), nn.SiLU(), nn.Linear(8, 1))
ema = EMA(model, 0.9)
copy_model = copy.deepcopy(model).eval().requires_grad_(False)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
for step in range(4):
    x = torch.randn(16, 6)
    loss = nn.functional.mse_loss(model(x), x.mean(1, keepdim=True))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    ema.update()
    with torch.no_grad():
        for e, p in zip(copy_model.parameters(), model.parameters(), strict=True):
            e.lerp_(p, 0.1)
        ema.apply_shadow()
        val = nn.functional.mse_loss(model(x), x.mean(1, keepdim=True))
        ema.restore()
    print(step, loss.item(), val.item(), copy_model(x).mean().item())
