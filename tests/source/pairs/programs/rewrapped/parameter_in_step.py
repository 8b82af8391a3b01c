import lightning as L
import torch
from torch import nn


class Hyper(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.make = nn.Linear(3, 12)
        self.out = nn.Linear(4, 1)

    def training_step(self, batch, batch_idx):
        condition, x, y = batch
        weight = nn.Parameter(self.make(condition).view(4, 3))  # <- rewrapped: self.make
        # fix: weight = self.make(condition).view(4, 3)
        return nn.functional.mse_loss(self.out(nn.functional.linear(x, weight)), y)

    def configure_optimizers(self):
        optimizer = torch.optim.Adam(self.parameters(), lr=1e-3)
        return optimizer
