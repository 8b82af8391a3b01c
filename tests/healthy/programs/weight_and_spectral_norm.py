"""Weight norm and spectral norm as parametrizations."""

import torch
import torch.nn as nn
from torch.nn.utils.parametrizations import orthogonal, spectral_norm, weight_norm

torch.manual_seed(0)
model = nn.Sequential(
    weight_norm(nn.Linear(8, 16)),
    nn.ReLU(),
    spectral_norm(nn.Linear(16, 16)),
    nn.ReLU(),
    orthogonal(nn.Linear(16, 16)),
    nn.Linear(16, 2),
)
opt = torch.optim.Adam(model.parameters(), lr=1e-3)
for step in range(4):
    x, y = torch.randn(16, 8), torch.randint(0, 2, (16,))
    loss = nn.functional.cross_entropy(model(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(step, loss.item())
