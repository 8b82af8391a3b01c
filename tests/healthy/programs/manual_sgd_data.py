"""The old style: parameters moved through .data."""

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(0)
net = nn.Linear(6, 3)
for step in range(5):
    x, y = torch.randn(10, 6), torch.randint(0, 3, (10,))
    net.zero_grad()
    loss = F.cross_entropy(net(x), y)
    loss.backward()
    for f in net.parameters():
        f.data.sub_(f.grad.data * 0.05)
    print(step, loss.item())
