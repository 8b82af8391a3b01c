"""Switch-style top-1 routing with a load-balancing loss; some experts get no tokens."""

import torch
import torch.nn as nn
import torch.nn.functional as F


class SwitchLayer(nn.Module):
    def __init__(self, dim=12, experts=24):
        super().__init__()
        self.router = nn.Linear(dim, experts)
        self.experts = nn.ModuleList(
            nn.Sequential(nn.Linear(dim, 16), nn.ReLU(), nn.Linear(16, dim)) for _ in range(experts)
        )

    def forward(self, x):
        probs = self.router(x).softmax(-1)
        gate, index = probs.max(-1)
        out = torch.zeros_like(x)
        for i, expert in enumerate(self.experts):
            mask = index == i
            if mask.any():
                out[mask] = gate[mask].unsqueeze(-1) * expert(x[mask])
        density = F.one_hot(index, len(self.experts)).float().mean(0)
        aux = len(self.experts) * (density * probs.mean(0)).sum()
        return x + out, aux


torch.manual_seed(0)
layer, head = SwitchLayer(), nn.Linear(12, 4)
params = list(layer.parameters()) + list(head.parameters())
opt = torch.optim.Adam(params, lr=1e-3)
for step in range(5):
    x, y = torch.randn(16, 12), torch.randint(0, 4, (16,))
    h, aux = layer(x)
    loss = F.cross_entropy(head(h), y) + 0.01 * aux
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(step, loss.item())
