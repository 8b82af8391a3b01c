import torch
import torch.nn.functional as F
from torch import nn


class Autoencoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(8, 4), nn.ELU())
        self.decoder = nn.Linear(4, 8)

    def forward(self, x):
        return self.decoder(self.encoder(x))


class Experiment:
    def __init__(self):
        self.model = Autoencoder()
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=1e-3)

    def training_step(self, batch, target=None):
        output = self.model(batch)
        target = output if target is None else target
        # fix: target = batch if target is None else target
        return F.mse_loss(output, target)  # <- constant-output: model.*

    def run(self, steps):
        for _ in range(steps):
            loss = self.training_step(torch.randn(12, 8))
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()


torch.manual_seed(0)
experiment = Experiment()
experiment.run(4)
