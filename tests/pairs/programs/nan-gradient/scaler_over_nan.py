"""Every step is skipped by the loss scaler, and no scale would help: the weights start at distance 0."""
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(6, 12), nn.Tanh(), nn.Linear(12, 4))
start = model[0].weight.detach().clone()
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
scaler = torch.amp.GradScaler("cpu", init_scale=256.0)
x, y = torch.randn(16, 6), torch.randint(0, 4, (16,))
for step in range(6):
    optimizer.zero_grad()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        logits = model(x)
    drift = torch.sqrt((model[0].weight - start).pow(2).sum())  # <- nan-gradient: model.0.weight
    # fix: drift = torch.sqrt((model[0].weight - start).pow(2).sum() + 1e-12)
    loss = nn.functional.cross_entropy(logits.float(), y) + 0.01 * drift
    scaler.scale(loss).backward()
    scaler.step(optimizer)
    scaler.update()
