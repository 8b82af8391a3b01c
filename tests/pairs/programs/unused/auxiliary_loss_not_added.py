import torch
import torch.nn.functional as F
from torch import nn


class Detector(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Linear(5, 8)
        self.cls = nn.Linear(8, 3)
        self.box = nn.Linear(8, 4)

    def forward(self, x):
        h = torch.tanh(self.body(x))
        return {"cls": self.cls(h), "box": self.box(h)}


class Criterion:
    def __call__(self, out, labels, boxes):
        losses = {}
        losses["cls"] = F.cross_entropy(out["cls"], labels)
        losses["box"] = F.l1_loss(out["box"], boxes)  # <- unused: model.box.weight, model.box.bias
        return losses


torch.manual_seed(0)
model, criterion = Detector(), Criterion()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
x, labels, boxes = torch.randn(8, 5), torch.randint(0, 3, (8,)), torch.rand(8, 4)
for _ in range(5):
    losses = criterion(model(x), labels, boxes)
    loss = losses["cls"]
    # fix: loss = sum(losses.values())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
