"""Every step is skipped by the loss scaler, and no scale would help: the loss itself is nan."""
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(6, 12), nn.Tanh(), nn.Linear(12, 4))
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
scaler = torch.amp.GradScaler("cpu")
x, y = torch.randn(16, 6), torch.randint(0, 4, (16,))
weight = torch.zeros(16)
# fix: weight = torch.ones(16)
for step in range(6):
    optimizer.zero_grad()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        logits = model(x)
    each = nn.functional.cross_entropy(logits.float(), y, reduction="none")
    loss = (each * weight).sum() / weight.sum()  # <- nan-gradient: model.*
    scaler.scale(loss).backward()
    scaler.step(optimizer)
    scaler.update()
