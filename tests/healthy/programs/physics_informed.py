"""A PINN: derivatives of the network by autograd.grad, and an unknown physical constant."""

import torch
import torch.nn as nn


class PINN(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(1, 16), nn.Tanh(), nn.Linear(16, 1))
        self.mu = nn.Parameter(torch.tensor(0.5))

    def forward(self, t):
        return self.net(t)


torch.manual_seed(0)
model = PINN()
t_data = torch.linspace(0, 1, 12).view(-1, 1)
u_data = torch.exp(-2 * t_data) * torch.cos(8 * t_data)
t_physics = torch.linspace(0, 1, 20).view(-1, 1).requires_grad_(True)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
for step in range(4):
    optimizer.zero_grad()
    u = model(t_physics)
    du = torch.autograd.grad(u, t_physics, torch.ones_like(u), create_graph=True)[0]
    d2u = torch.autograd.grad(du, t_physics, torch.ones_like(du), create_graph=True)[0]
    physics = (d2u + model.mu * du + 64 * u).pow(2).mean()
    loss = (model(t_data) - u_data).pow(2).mean() + 1e-4 * physics
    loss.backward()
    optimizer.step()
    print(step, loss.item(), model.mu.item())
