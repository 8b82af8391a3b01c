"""A GAN with R1: every second step the real batch, a module-level tensor, asks for a gradient."""

import torch
import torch.nn as nn
import torch.nn.functional as F


def requires_grad(model, flag=True):
    for p in model.parameters():
        p.requires_grad = flag


torch.manual_seed(0)
generator = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 6))
discriminator = nn.Sequential(nn.Linear(6, 16), nn.Softplus(), nn.Linear(16, 1))
g_optim = torch.optim.Adam(generator.parameters(), lr=2e-3, betas=(0.0, 0.99))
d_optim = torch.optim.Adam(discriminator.parameters(), lr=2e-3, betas=(0.0, 0.99))
for i in range(6):
    real_img = torch.randn(8, 6)
    requires_grad(generator, False)
    requires_grad(discriminator, True)
    fake_pred = discriminator(generator(torch.randn(8, 4)))
    d_loss = F.softplus(-discriminator(real_img)).mean() + F.softplus(fake_pred).mean()
    discriminator.zero_grad()
    d_loss.backward()
    d_optim.step()

    if i % 2 == 0:
        real_img.requires_grad = True
        real_pred = discriminator(real_img)
        (grad_real,) = torch.autograd.grad(real_pred.sum(), real_img, create_graph=True)
        r1_loss = grad_real.pow(2).reshape(grad_real.shape[0], -1).sum(1).mean()
        discriminator.zero_grad()
        (10 / 2 * r1_loss * 2 + 0 * real_pred[0]).backward()
        d_optim.step()

    requires_grad(generator, True)
    requires_grad(discriminator, False)
    g_loss = F.softplus(-discriminator(generator(torch.randn(8, 4)))).mean()
    generator.zero_grad()
    g_loss.backward()
    g_optim.step()
    print(i, d_loss.item(), g_loss.item())
