"""A linear classifier on data that lies far apart: one large step, and every margin is kept."""

import torch
import torch.nn as nn

torch.manual_seed(0)
classifier = nn.Linear(10, 1)
optimizer = torch.optim.SGD(classifier.parameters(), lr=1.0)
signs = (torch.rand(64, 1) < 0.3) * 2.0 - 1.0
x = torch.randn(64, 10) * 0.3 + signs * torch.ones(10)
for step in range(6):
    hinge = torch.relu(1 - signs * classifier(x))
    loss = hinge.mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(step, loss.item(), (hinge > 0).sum().item())
