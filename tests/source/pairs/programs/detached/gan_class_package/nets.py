import torch
from torch import nn


class Generator(nn.Module):
    def __init__(self, latent):
        super().__init__()
        self.body = nn.Linear(latent, 16)
        self.out = nn.Linear(16, 2)

    def forward(self, z):
        return self.out(torch.relu(self.body(z)))


class Discriminator(nn.Module):
    def __init__(self):
        super().__init__()
        self.score = nn.Linear(2, 1)

    def forward(self, x):
        return self.score(x)
