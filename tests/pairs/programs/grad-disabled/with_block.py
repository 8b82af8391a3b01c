import torch
import torch.nn.functional as F
from torch import nn


class PerceptualLoss(nn.Module):
    def __init__(self, net):
        super().__init__()
        self.net = net.requires_grad_(False)

    def forward(self, prediction, target):
        with torch.no_grad():  # <- grad-disabled: generator.*
            # fix: with torch.enable_grad():
            a, b = self.net(prediction), self.net(target)
        return F.mse_loss(a, b)


torch.manual_seed(0)
generator = nn.Sequential(nn.Linear(3, 6), nn.Tanh(), nn.Linear(6, 6))
perceptual = PerceptualLoss(nn.Sequential(nn.Linear(6, 4), nn.Tanh()))
scale = nn.Parameter(torch.ones(()))
optimizer = torch.optim.Adam([*generator.parameters(), scale], lr=1e-2)
z, target = torch.randn(8, 3), torch.randn(8, 6)
for step in range(4):
    optimizer.zero_grad()
    loss = scale * perceptual(generator(z), target) + (scale - 1).square()
    loss.backward()
    optimizer.step()
