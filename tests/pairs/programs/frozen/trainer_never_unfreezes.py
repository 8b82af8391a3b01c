from dataclasses import dataclass

import torch
from torch import nn


@dataclass
class Config:
    lr: float = 1e-2
    warmup_frozen: bool = True
    # fix: warmup_frozen: bool = False
    steps: int = 4


class BaseTrainer:
    def __init__(self, model, config):
        self.model = model
        self.config = config
        if config.warmup_frozen:
            self.freeze()
        self.optimizer = torch.optim.AdamW(model.parameters(), lr=config.lr)

    def freeze(self):
        self.model.requires_grad_(False)  # <- frozen: model.*

    def fit(self, x, y):
        for _ in range(self.config.steps):
            self.optimizer.zero_grad()
            loss = nn.functional.mse_loss(self.model(x), y)
            loss.backward()
            self.optimizer.step()


torch.manual_seed(0)
trainer = BaseTrainer(nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1)), Config())
trainer.fit(torch.randn(6, 3), torch.randn(6, 1))
