"""A Gaussian process whose few scalars live in a plain class and go to Adam as a list."""

import math

import torch


class GP:
    def __init__(self):
        self.log_length = torch.tensor(0.0, requires_grad=True)
        self.log_scale = torch.zeros(1, requires_grad=True)
        self.log_noise = torch.tensor(-2.0).requires_grad_()

    def parameters(self):
        return [self.log_length, self.log_scale, self.log_noise]

    def nll(self, x, y):
        d = (x[:, None] - x[None, :]) ** 2
        k = self.log_scale.exp() * torch.exp(-0.5 * d / self.log_length.exp() ** 2)
        k = k + (self.log_noise.exp() + 1e-4) * torch.eye(len(x))
        chol = torch.linalg.cholesky(k)
        alpha = torch.cholesky_solve(y[:, None], chol)
        fit = 0.5 * (y @ alpha).squeeze() + chol.diagonal().log().sum()
        return fit + 0.5 * len(x) * math.log(2 * math.pi)


torch.manual_seed(0)
x = torch.linspace(0, 4, 15)
y = torch.sin(x) + 0.1 * torch.randn(15)
gp = GP()
opt = torch.optim.Adam(gp.parameters(), lr=0.05)
for step in range(4):
    opt.zero_grad()
    loss = gp.nll(x, y)
    loss.backward()
    opt.step()
    print(step, loss.item())
