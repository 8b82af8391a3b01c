"""FGSM examples made by the gradient of the input, then a step on them."""

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(0)
model = nn.Sequential(nn.Flatten(), nn.Linear(36, 24), nn.ReLU(), nn.Linear(24, 4))
opt = torch.optim.SGD(model.parameters(), lr=0.05)


def fgsm(model, x, y, epsilon):
    delta = torch.zeros_like(x, requires_grad=True)
    loss = F.cross_entropy(model(x + delta), y)
    loss.backward()
    return epsilon * delta.grad.detach().sign()


for step in range(4):
    x, y = torch.rand(8, 1, 6, 6), torch.randint(0, 4, (8,))
    delta = fgsm(model, x, y, 0.1)
    logits = model(torch.clamp(x + delta, 0, 1))
    loss = F.cross_entropy(logits, y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(step, loss.item())
