"""Two losses are scaled by their own values as Python numbers; focal weights are detached."""

import torch
import torch.nn as nn
import torch.nn.functional as F


class TwoTasks(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(8, 12), nn.ReLU())
        self.regress, self.classify = nn.Linear(12, 1), nn.Linear(12, 2)

    def forward(self, x):
        h = self.body(x)
        return self.regress(h).squeeze(1), self.classify(h)


def focal(logits, y, gamma=2.0):
    ce = F.cross_entropy(logits, y, reduction="none")
    p = torch.exp(-ce).detach()
    return ((1 - p) ** gamma * ce).mean()


torch.manual_seed(0)
model = TwoTasks()
opt = torch.optim.Adam(model.parameters(), lr=1e-3)
history = []
for step in range(4):
    x = torch.randn(16, 8)
    value, logits = model(x)
    a, b = F.mse_loss(value, x.sum(1)), focal(logits, (x[:, 0] > 0).long())
    weight_a, weight_b = 1.0 / max(a.item(), 1e-8), 1.0 / max(b.item(), 1e-8)
    loss = a * weight_a + b * weight_b
    opt.zero_grad()
    loss.backward()
    opt.step()
    history.append((float(a), float(b)))
    print(step, history[-1])
