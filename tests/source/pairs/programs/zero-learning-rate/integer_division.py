import torch
from torch import nn

WARMUP = 500
model = nn.Linear(4, 1)
base_lr = 1e-3
optimizer = torch.optim.SGD(model.parameters(), lr=base_lr * (64 // 256))  # <- zero-learning-rate: model
# fix: optimizer = torch.optim.SGD(model.parameters(), lr=base_lr * (64 / 256))
for step in range(2000):
    loss = model(torch.randn(8, 4)).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
