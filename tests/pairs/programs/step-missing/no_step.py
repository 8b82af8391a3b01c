import torch
from torch import nn


class Trainer:
    def __init__(self, model):
        self.model = model
        self.optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)

    def train_step(self, x, y):
        self.model.train()
        self.optimizer.zero_grad()
        loss = nn.functional.mse_loss(self.model(x), y)
        loss.backward()  # <- step-missing: model.*
        # fix+ self.optimizer.step()
        return loss.item()


torch.manual_seed(0)
trainer = Trainer(nn.Sequential(nn.Linear(3, 5), nn.GELU(), nn.Linear(5, 1)))
for _ in range(5):
    trainer.train_step(torch.randn(8, 3), torch.randn(8, 1))
