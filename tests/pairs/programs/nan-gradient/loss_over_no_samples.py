import torch
from torch import nn


class Detector(nn.Module):
    def __init__(self):
        super().__init__()
        self.trunk = nn.Linear(6, 10)
        self.classes = nn.Linear(10, 3)
        self.boxes = nn.Linear(10, 4)

    def forward(self, x):
        h = torch.tanh(self.trunk(x))
        return self.classes(h), self.boxes(h)


def box_loss(boxes, targets, positive):
    error = (boxes - targets).abs().sum(-1)
    return (error * positive).sum() / positive.sum()  # <- nan-gradient: model.trunk.*, model.boxes.*
    # fix: return (error * positive).sum() / positive.sum().clamp_min(1)


torch.manual_seed(0)
model = Detector()
optimizer = torch.optim.SGD(model.parameters(), lr=1e-2)
for step in range(4):
    x, labels, targets = torch.randn(8, 6), torch.randint(0, 3, (8,)), torch.rand(8, 4)
    if step == 2:
        labels = torch.zeros_like(labels)  # a batch without any object in it
    classes, boxes = model(x)
    positive = (labels > 0).float()
    loss = nn.functional.cross_entropy(classes, labels) + box_loss(boxes, targets, positive)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
