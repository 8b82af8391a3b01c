import torch
from torch import nn


class Trainer:
    def __init__(self, model):
        self.model = model
        self.optimizer = torch.optim.SGD(model.parameters(), lr=0.5, momentum=0.9)
        self.best = float("inf")
        self.snapshot = None

    def save(self):
        self.snapshot = {n: p.detach().clone() for n, p in self.model.named_parameters()}

    def restore(self):
        for name, value in self.snapshot.items():
            owner, _, leaf = name.rpartition(".")
            setattr(self.model.get_submodule(owner), leaf, nn.Parameter(value.clone()))  # <- replaced-variable: model.*
            # fix: self.model.get_submodule(owner).get_parameter(leaf).data.copy_(value)

    def step(self, x, y):
        self.optimizer.zero_grad()
        loss = nn.functional.mse_loss(self.model(x), y)
        loss.backward()
        self.optimizer.step()
        if loss.item() < self.best:
            self.best = loss.item()
            self.save()
        self.restore()


torch.manual_seed(0)
trainer = Trainer(nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1)))
x, y = torch.randn(8, 3), torch.randn(8, 1)
for _ in range(5):
    trainer.step(x, y)
