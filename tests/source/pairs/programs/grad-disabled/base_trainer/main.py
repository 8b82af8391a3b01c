import torch
from torch import nn

from base import BaseTrainer


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = nn.Linear(4, 8)
        self.outer = nn.Linear(8, 1)

    def forward(self, x):
        return self.outer(torch.relu(self.inner(x)))


class Trainer(BaseTrainer):
    def loss(self, x, y):
        return (self.predict(x) - y).square().mean()


trainer = Trainer(Net())
for _ in range(10):
    print(trainer.step(torch.randn(8, 4), torch.randn(8, 1)))
