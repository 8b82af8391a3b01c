"""The adversarial term is weighted by a ratio of gradient norms at the last layer."""

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(0)
generator = nn.Sequential(nn.Linear(10, 16), nn.ReLU(), nn.Linear(16, 10))
discriminator = nn.Sequential(nn.Linear(10, 16), nn.LeakyReLU(0.2), nn.Linear(16, 1))
opt_g = torch.optim.Adam(generator.parameters(), lr=1e-3)
opt_d = torch.optim.Adam(discriminator.parameters(), lr=1e-3)


def adaptive_weight(nll, g_loss, last_layer):
    nll_grads = torch.autograd.grad(nll, last_layer, retain_graph=True)[0]
    g_grads = torch.autograd.grad(g_loss, last_layer, retain_graph=True)[0]
    weight = torch.norm(nll_grads) / (torch.norm(g_grads) + 1e-4)
    return torch.clamp(weight, 0.0, 1e4).detach()


for step in range(4):
    x = torch.randn(16, 10)
    recon = generator(x)
    nll = F.l1_loss(recon, x)
    discriminator.requires_grad_(False)
    g_loss = -discriminator(recon).mean()
    d_weight = adaptive_weight(nll, g_loss, generator[-1].weight)
    loss = nll + d_weight * g_loss
    opt_g.zero_grad()
    loss.backward()
    opt_g.step()

    discriminator.requires_grad_(True)
    real, fake = discriminator(x.detach()), discriminator(recon.detach())
    d_loss = 0.5 * (F.relu(1.0 - real).mean() + F.relu(1.0 + fake).mean())
    opt_d.zero_grad()
    d_loss.backward()
    opt_d.step()
    print(step, loss.item(), d_loss.item(), d_weight.item())
