import torch
from torch import nn


class VAE(nn.Module):
    def __init__(self, size=6, latent=2):
        super().__init__()
        self.encoder = nn.Linear(size, 2 * latent)
        self.decoder = nn.Linear(latent, size)

    def forward(self, x):
        mean, log_var = self.encoder(x).chunk(2, dim=-1)
        z = mean + torch.randn_like(mean) * (0.5 * log_var.clamp(max=20)).exp()
        return self.decoder(z), mean, log_var
