"""A gradient penalty: a gradient of a gradient through autograd.grad(create_graph=True)."""

import torch
import torch.nn as nn


class Critic(nn.Module):
    def __init__(self):
        super().__init__()
        self.main = nn.Sequential(nn.Linear(8, 24), nn.Softplus(), nn.Linear(24, 1))

    def forward(self, x):
        return self.main(x)


def gradient_penalty(critic, real, fake):
    alpha = torch.rand(real.size(0), 1)
    mixed = (alpha * real + (1 - alpha) * fake).requires_grad_(True)
    score = critic(mixed)
    (grad,) = torch.autograd.grad(
        outputs=score,
        inputs=mixed,
        grad_outputs=torch.ones_like(score),
        create_graph=True,
        retain_graph=True,
    )
    return ((grad.norm(2, dim=1) - 1) ** 2).mean()


def main():
    torch.manual_seed(0)
    gen = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 8))
    critic = Critic()
    opt_g = torch.optim.Adam(gen.parameters(), lr=1e-4, betas=(0.0, 0.9))
    opt_d = torch.optim.Adam(critic.parameters(), lr=1e-4, betas=(0.0, 0.9))
    for it in range(4):
        for _ in range(2):
            real = torch.randn(16, 8)
            fake = gen(torch.randn(16, 4)).detach()
            loss_d = critic(fake).mean() - critic(real).mean()
            loss_d = loss_d + 10.0 * gradient_penalty(critic, real, fake)
            opt_d.zero_grad()
            loss_d.backward()
            opt_d.step()
        loss_g = -critic(gen(torch.randn(16, 4))).mean()
        opt_g.zero_grad()
        loss_g.backward()
        opt_g.step()
        print(it, float(loss_d), float(loss_g))


main()
