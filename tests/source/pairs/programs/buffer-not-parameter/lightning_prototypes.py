import lightning as L
import torch
from torch import nn


class Prototypes(L.LightningModule):
    def __init__(self, classes=5, dim=16):
        super().__init__()
        self.encoder = nn.Linear(8, dim)
        self.register_buffer("prototypes", torch.randn(classes, dim).requires_grad_())  # <- buffer-not-parameter: self.prototypes
        # fix: self.prototypes = nn.Parameter(torch.randn(classes, dim))

    def training_step(self, batch, batch_idx):
        x, y = batch
        distances = torch.cdist(self.encoder(x), self.prototypes)
        return nn.functional.cross_entropy(-distances, y)

    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), lr=1e-3)
