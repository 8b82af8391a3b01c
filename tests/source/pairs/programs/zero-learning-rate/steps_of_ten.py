import torch
from torch import nn
from torch.optim.lr_scheduler import LambdaLR

model = nn.Linear(10, 1)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
scheduler = LambdaLR(optimizer, lr_lambda=lambda epoch: epoch // 10)  # <- warning zero-learning-rate: -
# fix: scheduler = LambdaLR(optimizer, lr_lambda=lambda epoch: (epoch + 1) / 10)
for epoch in range(5):
    loss = model(torch.randn(32, 10)).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    scheduler.step()
