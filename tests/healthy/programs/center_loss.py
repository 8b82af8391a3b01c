"""A separate loss module with parameters of its own, and its own optimizer."""

import torch
import torch.nn as nn


class CenterLoss(nn.Module):
    def __init__(self, classes, dim):
        super().__init__()
        self.centers = nn.Parameter(torch.randn(classes, dim))

    def forward(self, x, labels):
        return (x - self.centers[labels]).pow(2).sum(1).mean()


class UncertaintyWeights(nn.Module):
    def __init__(self, n):
        super().__init__()
        self.log_vars = nn.Parameter(torch.zeros(n))

    def forward(self, losses):
        return sum(torch.exp(-s) * v + s for s, v in zip(self.log_vars, losses, strict=True))


torch.manual_seed(0)
body, head = nn.Sequential(nn.Linear(9, 6), nn.ReLU()), nn.Linear(6, 4)
center, weigh = CenterLoss(4, 6), UncertaintyWeights(2)
opt = torch.optim.SGD(
    [{"params": body.parameters()}, {"params": head.parameters(), "lr": 0.05},
     {"params": weigh.parameters(), "lr": 0.01}], lr=0.1,
)
opt_center = torch.optim.SGD(center.parameters(), lr=0.5)
for step in range(4):
    x, y = torch.randn(16, 9), torch.randint(0, 4, (16,))
    feats = body(x)
    loss = weigh([nn.functional.cross_entropy(head(feats), y), center(feats, y)])
    opt.zero_grad()
    opt_center.zero_grad()
    loss.backward()
    opt.step()
    for p in center.parameters():
        p.grad.data *= 1.0 / 0.5
    opt_center.step()
    print(step, loss.item())
