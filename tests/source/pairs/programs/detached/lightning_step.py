"""A Lightning module: nobody calls its step in sight, and the optimizer is built in a method."""

import lightning as L
import torch
from torch import nn


class Lit(L.LightningModule):
    def __init__(self, n_in=8, n_classes=3):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(n_in, 16), nn.ReLU())
        self.head = nn.Linear(16, n_classes)

    def training_step(self, batch, batch_idx):
        x, y = batch
        features = self.encoder(x).detach()  # <- detached: self.encoder
        # fix: features = self.encoder(x)
        loss = nn.functional.cross_entropy(self.head(features), y)
        self.log("train_loss", loss)
        return loss

    def validation_step(self, batch, batch_idx):
        x, y = batch
        self.log("val_loss", nn.functional.cross_entropy(self.head(self.encoder(x)), y))

    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), lr=1e-3)
