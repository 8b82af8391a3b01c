"""One fixed batch that asks for gradient: how strongly the loss depends on each feature is printed."""

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(0)
features = torch.randn(64, 5)
labels = (features[:, 0] - 2 * features[:, 3] > 0).long()
features.requires_grad_()

model = nn.Sequential(nn.Linear(5, 16), nn.Tanh(), nn.Linear(16, 2))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for epoch in range(5):
    loss = F.cross_entropy(model(features), labels)
    optimizer.zero_grad()
    features.grad = None
    loss.backward()
    optimizer.step()
    print(epoch, loss.item(), features.grad.abs().mean(0).tolist())
