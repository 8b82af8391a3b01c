"""`set_grad_enabled` with the flag of another phase."""
import torch
from torch import nn


class Trainer:
    def __init__(self):
        self.model = nn.ModuleDict({"enc": nn.Linear(4, 6), "dec": nn.Linear(6, 4)})
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=1e-2)
        self.warm = False
        # fix: self.warm = True

    def encode(self, x):
        with torch.set_grad_enabled(self.warm):  # <- grad-disabled: model.enc.weight, model.enc.bias
            return self.model["enc"](x).tanh()

    def step(self, x):
        self.optimizer.zero_grad()
        loss = (self.model["dec"](self.encode(x)) - x).pow(2).mean()
        loss.backward()
        self.optimizer.step()


torch.manual_seed(0)
trainer = Trainer()
for x in torch.randn(5, 8, 4):
    trainer.step(x)
