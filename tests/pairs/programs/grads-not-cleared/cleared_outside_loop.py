import torch
from torch import nn


class Trainer:
    def __init__(self, model):
        self.model = model
        self.optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)

    def epoch(self, batches):
        self.optimizer.zero_grad()
        # fix:
        for x, y in batches:
            loss = (self.model(x) - y).pow(2).mean()
            # fix+ self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()  # <- warning grads-not-cleared: model.*


torch.manual_seed(0)
batches = [(torch.randn(4, 3), torch.randn(4, 1)) for _ in range(6)]
trainer = Trainer(nn.Sequential(nn.Linear(3, 4), nn.GELU(), nn.Linear(4, 1)))
trainer.epoch(batches)
