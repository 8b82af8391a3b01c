"""A discrete latent by the hard Gumbel-softmax, with an annealed temperature."""

import torch
import torch.nn as nn
import torch.nn.functional as F


class DiscreteVAE(nn.Module):
    def __init__(self, latents=3, categories=5):
        super().__init__()
        self.n, self.k = latents, categories
        self.encoder = nn.Linear(14, latents * categories)
        self.decoder = nn.Linear(latents * categories, 14)

    def forward(self, x, tau):
        logits = self.encoder(x).view(-1, self.n, self.k)
        sample = F.gumbel_softmax(logits, tau=tau, hard=True)
        q = logits.softmax(-1)
        kl = (q * (q * self.k + 1e-8).log()).sum((-1, -2)).mean()
        return self.decoder(sample.flatten(1)), kl


torch.manual_seed(0)
vae = DiscreteVAE()
opt = torch.optim.Adam(vae.parameters(), lr=1e-3)
tau = 1.0
for step in range(4):
    x = torch.rand(16, 14)
    recon, kl = vae(x, tau)
    loss = F.binary_cross_entropy_with_logits(recon, x) + 0.1 * kl
    opt.zero_grad()
    loss.backward()
    opt.step()
    tau = max(0.5, tau * 0.95)
    print(step, loss.item())
