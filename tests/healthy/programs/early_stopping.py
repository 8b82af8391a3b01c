"""Patience on the best loss, a tensor of losses kept for a plot, an exit by break."""

import torch
import torch.nn as nn


class EarlyStopping:
    def __init__(self, patience):
        self.patience, self.best, self.bad = patience, None, 0

    def __call__(self, loss):
        if self.best is None or loss < self.best:
            self.best, self.bad = loss, 0
        else:
            self.bad += 1
        return self.bad >= self.patience


torch.manual_seed(0)
model = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 1))
opt = torch.optim.Adam(model.parameters(), lr=1e-2)
stop, curve = EarlyStopping(1), []
X, Y = torch.randn(32, 4), torch.randn(32, 1)
for epoch in range(8):
    total = 0.0
    for i in torch.randperm(32).view(4, 8):
        opt.zero_grad()
        loss = nn.functional.mse_loss(model(X[i]), Y[i])
        loss.backward()
        opt.step()
        total += loss.detach()
    curve.append(total / 4)
    if stop(curve[-1]):
        break
print(torch.stack(curve).tolist())
