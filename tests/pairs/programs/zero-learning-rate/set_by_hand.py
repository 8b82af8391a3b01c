import torch
from torch import nn


def set_lr(optimizer, value):
    for group in optimizer.param_groups:
        group["lr"] = value


def cosine(step, total, peak):
    return peak * max(0.0, 1 - step / total)


class Trainer:
    def __init__(self, model, epochs):
        self.model, self.epochs = model, epochs
        self.optimizer = torch.optim.RMSprop(model.parameters(), lr=1e-2)  # <- zero-learning-rate: model.*

    def run(self, x, y):
        for epoch in range(self.epochs):
            set_lr(self.optimizer, cosine(self.epochs, self.epochs, 1e-2))
            # fix: set_lr(self.optimizer, cosine(epoch, self.epochs, 1e-2))
            self.optimizer.zero_grad()
            nn.functional.mse_loss(self.model(x), y).backward()
            self.optimizer.step()


torch.manual_seed(0)
Trainer(nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1)), 5).run(torch.randn(6, 3), torch.randn(6, 1))
