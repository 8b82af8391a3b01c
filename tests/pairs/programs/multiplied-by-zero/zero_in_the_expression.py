import torch
from torch import nn


class VAE(nn.Module):
    def __init__(self, n=10, z=3):
        super().__init__()
        self.encoder = nn.Linear(n, 2 * z)
        self.decoder = nn.Linear(z, n)

    def forward(self, x):
        mean, log_var = self.encoder(x).chunk(2, dim=-1)
        noise = torch.randn_like(mean)
        z = mean + noise * (0.5 * log_var).exp()
        return self.decoder(z), mean, log_var


class Discriminator(nn.Module):
    def __init__(self, n=10):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(n, 8), nn.LeakyReLU(0.2), nn.Linear(8, 1))

    def forward(self, x):
        return self.net(x)


torch.manual_seed(0)
vae, discriminator = VAE(), Discriminator()
optimizer = torch.optim.Adam([*vae.parameters(), *discriminator.parameters()], lr=1e-3)
for _ in range(4):
    x = torch.randn(16, 10)
    recon, mean, log_var = vae(x)
    kl = -0.5 * (1 + log_var - mean.pow(2) - log_var.exp()).sum(-1).mean()
    realism = discriminator(recon).mean()
    loss = (recon - x).pow(2).mean() + 1e-3 * kl + 0 * realism  # <- multiplied-by-zero: discriminator.net.*
    # fix: loss = (recon - x).pow(2).mean() + 1e-3 * kl + 0.1 * realism
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
