"""SwAV: prototypes normalized by hand, assignments by Sinkhorn under no_grad."""

import torch
import torch.nn as nn
import torch.nn.functional as F


class Model(nn.Module):
    def __init__(self, dim=8, prototypes=6):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(12, 16), nn.ReLU(), nn.Linear(16, dim))
        self.prototypes = nn.Linear(dim, prototypes, bias=False)

    def forward(self, x):
        z = F.normalize(self.encoder(x), dim=1)
        return z, self.prototypes(z)


@torch.no_grad()
def sinkhorn(scores, eps=0.05, iterations=3):
    q = torch.exp(scores / eps).t()
    q /= q.sum()
    k, b = q.shape
    for _ in range(iterations):
        q /= q.sum(dim=1, keepdim=True)
        q /= k
        q /= q.sum(dim=0, keepdim=True)
        q /= b
    return (q * b).t()


torch.manual_seed(0)
model = Model()
opt = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
for step in range(4):
    with torch.no_grad():
        w = model.prototypes.weight.data.clone()
        w = F.normalize(w, dim=1, p=2)
        model.prototypes.weight.copy_(w)
    x = torch.randn(24, 12)
    _, a = model(x + 0.1 * torch.randn_like(x))
    _, b = model(x + 0.1 * torch.randn_like(x))
    qa, qb = sinkhorn(a), sinkhorn(b)
    loss = -0.5 * ((qa * F.log_softmax(b / 0.1, 1)).sum(1) + (qb * F.log_softmax(a / 0.1, 1)).sum(1))
    loss = loss.mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(step, loss.item())
