"""A weight for each class that is to be learned; `cross_entropy` has no derivative in it."""
import torch
import torch.nn.functional as F
from torch import nn


class Balanced(nn.Module):
    def __init__(self, width, classes):
        super().__init__()
        self.scores = nn.Linear(width, classes)
        self.importance = nn.Parameter(torch.zeros(classes))

    def loss(self, x, labels):
        weight = torch.softmax(self.importance, dim=0) * len(self.importance)
        return F.cross_entropy(self.scores(x), labels, weight=weight.detach())  # <- warning detached: model.importance
        # fix: each = F.cross_entropy(self.scores(x), labels, reduction="none")
        # fix: return (weight[labels] * each).mean()
        # no proof: the op has no derivative in its weights, so it fails without the detach


torch.manual_seed(0)
model = Balanced(8, 4)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
for _ in range(4):
    loss = model.loss(torch.randn(16, 8), torch.randint(0, 4, (16,)))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
