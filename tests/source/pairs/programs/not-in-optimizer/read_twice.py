import torch
from torch import nn

model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1))
params = filter(lambda p: p.requires_grad, model.parameters())
# fix: params = list(filter(lambda p: p.requires_grad, model.parameters()))
count = 0
for p in params:
    count += p.numel()
print(count, "parameters")
optimizer = torch.optim.Adam(params, lr=1e-3)  # <- not-in-optimizer: model
for _ in range(3):
    loss = model(torch.randn(8, 4)).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
