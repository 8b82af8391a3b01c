import torch
from torch import nn


class Trainer:
    def __init__(self, model, lr):
        self.model = model
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=lr)
        # fix:
        self.adapt()
        # fix+ self.optimizer = torch.optim.SGD(self.model.parameters(), lr=lr)

    def adapt(self):
        self.model.classifier = nn.Linear(16, 3)  # <- stale-optimizer: self.classifier

    def fit(self, data):
        for x, y in data:
            loss = nn.functional.cross_entropy(self.model(x), y)
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
