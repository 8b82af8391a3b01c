"""The loss scaler begins so high that it would skip the first fifty steps."""
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(8, 16), nn.Tanh(), nn.Linear(16, 3))
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
scaler = torch.amp.GradScaler("cpu", init_scale=2.0**64)
# fix: scaler = torch.amp.GradScaler("cpu", init_scale=2.0**8)
x, y = torch.randn(32, 8), torch.randint(0, 3, (32,))
for _ in range(6):
    optimizer.zero_grad()
    with torch.autocast("cpu", dtype=torch.float16):
        logits = model(x)
    loss = nn.functional.cross_entropy(logits.float(), y)
    scaler.scale(loss).backward()
    scaler.step(optimizer)  # <- warning underflow: model.*
    # no proof: the scale is part of the scaler, not of the step
    scaler.update()
