"""With a gradient scaler, `scaler.update()` was taken for the step."""
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 1))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
scaler = torch.amp.GradScaler("cpu", enabled=False)
x, y = torch.randn(8, 4), torch.randn(8, 1)
for _ in range(5):
    optimizer.zero_grad(set_to_none=True)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        loss = nn.functional.mse_loss(model(x), y.to(torch.bfloat16))
    scaler.scale(loss).backward()  # <- step-missing: model.*
    # fix+ scaler.step(optimizer)
    scaler.update()
