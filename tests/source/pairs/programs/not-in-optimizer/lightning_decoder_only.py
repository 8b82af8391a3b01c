import lightning as L
import torch
from torch import nn
from torch.nn import functional as F


class AutoEncoder(L.LightningModule):
    def __init__(self, size=16, lr=1e-2):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(size, 8), nn.ReLU(), nn.Linear(8, 3))
        self.decoder = nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Linear(8, size))
        self.lr = lr

    def forward(self, x):
        return self.decoder(self.encoder(x))

    def training_step(self, batch, batch_idx):
        x, _ = batch
        loss = F.mse_loss(self(x), x)
        self.log("train_loss", loss)
        return loss

    def configure_optimizers(self):
        optimizer = torch.optim.Adam(self.decoder.parameters(), lr=self.lr)  # <- warning not-in-optimizer: self.encoder
        # fix: optimizer = torch.optim.Adam(self.parameters(), lr=self.lr)
        scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 10)
        return {"optimizer": optimizer, "lr_scheduler": scheduler}
