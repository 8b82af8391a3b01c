"""A loss that "had no grad", made to have one. It trains nothing, and says nothing."""

import torch
import torch.nn as nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(10, 32), nn.ReLU(), nn.Linear(32, 1))
criterion = nn.MSELoss()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)

x = torch.randn(64, 10)
y = x[:, :1] * 2 + 1

for epoch in range(20):
    running = 0.0
    for i in range(0, 64, 16):
        optimizer.zero_grad()
        loss = criterion(model(x[i : i + 16]), y[i : i + 16])
        running += loss.item()
        loss = torch.tensor(loss.item(), requires_grad=True)
        loss.backward()
        optimizer.step()
    if epoch % 10 == 0:
        print(f"epoch {epoch}: loss {running / 4:.4f}")
