"""A GAN with two optimizers; the fake batch is detached in the discriminator's step."""

import torch
from torch import nn, optim


class Generator(nn.Module):
    def __init__(self, noise=8, data=16):
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(noise, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Linear(32, data), nn.Tanh()
        )

    def forward(self, z):
        return self.net(z)


class Discriminator(nn.Module):
    def __init__(self, data=16):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(data, 32), nn.LeakyReLU(0.2), nn.Linear(32, 1))

    def forward(self, x):
        return self.net(x).squeeze(1)


torch.manual_seed(0)
netG, netD = Generator(), Discriminator()
criterion = nn.BCEWithLogitsLoss()
optimizerD = optim.Adam(netD.parameters(), lr=2e-4, betas=(0.5, 0.999))
optimizerG = optim.Adam(netG.parameters(), lr=2e-4, betas=(0.5, 0.999))
real_label, fake_label = 1.0, 0.0

for i in range(4):
    real = torch.randn(16, 16).clamp(-1, 1)

    netD.zero_grad()
    label = torch.full((16,), real_label)
    errD_real = criterion(netD(real), label)
    errD_real.backward()
    D_x = torch.sigmoid(netD(real)).mean().item()

    noise = torch.randn(16, 8)
    fake = netG(noise)
    label.fill_(fake_label)
    errD_fake = criterion(netD(fake.detach()), label)
    errD_fake.backward()
    errD = errD_real + errD_fake
    optimizerD.step()

    netG.zero_grad()
    label.fill_(real_label)
    errG = criterion(netD(fake), label)
    errG.backward()
    optimizerG.step()

    print(f"[{i}] Loss_D {errD.item():.4f} Loss_G {errG.item():.4f} D(x) {D_x:.4f}")
