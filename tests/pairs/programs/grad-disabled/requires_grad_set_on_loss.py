"""The author silenced `does not require grad` instead of asking why."""
import torch
from torch import nn


class Trainer:
    def __init__(self, model):
        self.model = model
        self.optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

    @torch.no_grad()  # <- grad-disabled: model.*
    # fix:
    def loss(self, x, y):
        return nn.functional.mse_loss(self.model(x), y)

    def step(self, x, y):
        self.optimizer.zero_grad()
        loss = self.loss(x, y)
        loss.requires_grad = True
        # fix:
        loss.backward()
        self.optimizer.step()


torch.manual_seed(0)
trainer = Trainer(nn.Sequential(nn.Linear(3, 5), nn.Tanh(), nn.Linear(5, 1)))
for _ in range(5):
    trainer.step(torch.randn(4, 3), torch.randn(4, 1))
