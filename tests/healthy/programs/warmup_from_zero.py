"""Linear warmup whose very first rate is zero."""

import torch
import torch.nn as nn
from torch.optim.lr_scheduler import LambdaLR

torch.manual_seed(0)
warmup, total = 2, 8
model = nn.Sequential(nn.Linear(6, 12), nn.ReLU(), nn.Linear(12, 1))
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)


def schedule(step):
    if step < warmup:
        return step / warmup
    return max(0.0, (total - step) / (total - warmup))


scheduler = LambdaLR(optimizer, schedule)
for step in range(6):
    x = torch.randn(8, 6)
    loss = nn.functional.mse_loss(model(x), x.sum(1, keepdim=True))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    scheduler.step()
    print(step, loss.item(), scheduler.get_last_lr())
