"""Only the labelled rows count; unlabelled ones carry -1, and the comparison is turned round."""
import torch
import torch.nn.functional as F
from torch import nn


class SemiSupervised:
    def __init__(self, model):
        self.model = model
        self.optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

    def loss(self, x, y):
        logits = self.model(x)
        known = y < 0
        # fix: known = y >= 0
        return F.cross_entropy(logits[known], y[known], reduction="sum")  # <- multiplied-by-zero: model.*
        # no proof: nothing is selected, so there is no gradient that could be passed on

    def fit(self, loader):
        for x, y in loader:
            loss = self.loss(x, y)
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()


torch.manual_seed(0)
model = nn.Sequential(nn.Linear(5, 16), nn.SiLU(), nn.Linear(16, 3))
trainer = SemiSupervised(model)
trainer.fit([(torch.randn(10, 5), torch.randint(0, 3, (10,))) for _ in range(4)])
