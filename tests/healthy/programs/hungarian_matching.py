"""Set prediction: the assignment is found outside autograd, the loss uses its indices."""

import itertools

import torch
import torch.nn as nn


class SetPredictor(nn.Module):
    def __init__(self, queries=3, dim=8):
        super().__init__()
        self.query_embed = nn.Embedding(queries, dim)
        self.encoder = nn.Linear(6, dim)
        self.attention = nn.MultiheadAttention(dim, 2, batch_first=True)
        self.box = nn.Linear(dim, 2)

    def forward(self, x):
        memory = self.encoder(x)
        q = self.query_embed.weight.unsqueeze(0).expand(x.size(0), -1, -1)
        out, _ = self.attention(q, memory, memory)
        return self.box(out)


@torch.no_grad()
def match(pred, target):
    cost = torch.cdist(pred, target, p=1).tolist()
    best = []
    for c in cost:
        orders = itertools.permutations(range(3))
        best.append(min(orders, key=lambda p: sum(c[i][j] for i, j in enumerate(p))))
    return torch.tensor(best)


torch.manual_seed(0)
model = SetPredictor()
opt = torch.optim.AdamW(model.parameters(), lr=1e-3)
for step in range(4):
    x, target = torch.randn(4, 5, 6), torch.rand(4, 3, 2)
    pred = model(x)
    order = match(pred, target)
    matched = torch.gather(target, 1, order.unsqueeze(-1).expand(-1, -1, 2))
    loss = nn.functional.l1_loss(pred, matched)
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(step, loss.item())
