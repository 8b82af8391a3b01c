import torch
from nets import Discriminator, Generator
from torch.nn import functional as F


class GAN:
    def __init__(self, latent=4):
        self.latent = latent
        self.gen = Generator(latent)
        self.disc = Discriminator()
        self.opt_g = torch.optim.Adam(self.gen.parameters(), lr=2e-3)
        self.opt_d = torch.optim.Adam(self.disc.parameters(), lr=2e-3)

    def discriminator_step(self, real, fake):
        self.opt_d.zero_grad()
        loss = F.softplus(-self.disc(real)).mean() + F.softplus(self.disc(fake.detach())).mean()
        loss.backward()
        self.opt_d.step()

    def generator_step(self, fake):
        self.opt_g.zero_grad()
        scores = self.disc(fake.detach())  # <- detached: self.body, self.out
        # fix: scores = self.disc(fake)
        loss = F.softplus(-scores).mean()
        loss.backward()
        self.opt_g.step()

    def fit(self, batches):
        for real in batches:
            fake = self.gen(torch.randn(len(real), self.latent))
            self.discriminator_step(real, fake)
            self.generator_step(fake)


if __name__ == "__main__":
    torch.manual_seed(0)
    GAN().fit([torch.randn(8, 2) for _ in range(3)])
