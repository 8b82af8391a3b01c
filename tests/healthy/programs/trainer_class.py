"""A home-made trainer, in the manner of Lightning: hooks, self.model, a config dataclass."""

from dataclasses import dataclass, field

import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset


@dataclass
class Config:
    lr: float = 1e-3
    epochs: int = 2
    batch_size: int = 8
    log: list = field(default_factory=list)


class LitModel(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        self.cfg = cfg
        self.net = nn.Sequential(nn.Linear(10, 16), nn.ReLU(), nn.Linear(16, 2))
        self.criterion = nn.CrossEntropyLoss()

    def training_step(self, batch, batch_idx):
        x, y = batch
        loss = self.criterion(self.net(x), y)
        self.cfg.log.append(loss.detach())
        return loss

    @torch.no_grad()
    def validation_step(self, batch):
        x, y = batch
        return (self.net(x).argmax(-1) == y).float().mean()

    def configure_optimizers(self):
        optimizer = torch.optim.Adam(self.parameters(), lr=self.cfg.lr)
        return optimizer, torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.9)


class Trainer:
    def __init__(self, cfg):
        self.cfg = cfg
        self.model = None
        self.optimizer = self.scheduler = None

    def fit(self, model, train, val):
        self.model = model
        self.optimizer, self.scheduler = model.configure_optimizers()
        for epoch in range(self.cfg.epochs):
            self.model.train()
            for i, batch in enumerate(train):
                loss = self.model.training_step(batch, i)
                self.optimizer.zero_grad()
                loss.backward()
                self.optimizer.step()
            self.scheduler.step()
            self.model.eval()
            accuracy = torch.stack([self.model.validation_step(b) for b in val]).mean()
            print(epoch, torch.stack(self.cfg.log).mean().item(), accuracy.item())


def main():
    torch.manual_seed(0)
    cfg = Config()
    data = TensorDataset(torch.randn(32, 10), torch.randint(0, 2, (32,)))
    loader = DataLoader(data, batch_size=cfg.batch_size, shuffle=True)
    Trainer(cfg).fit(LitModel(cfg), loader, loader)


if __name__ == "__main__":
    main()
