import torch
from torch import nn


def block(width, gain):
    layer = nn.Linear(width, width)
    nn.init.orthogonal_(layer.weight, gain=gain)
    return nn.Sequential(layer, nn.LeakyReLU(0.3))


torch.manual_seed(0)
net = nn.Sequential(*[block(24, gain=10.0) for _ in range(8)], nn.Linear(24, 4))
# fix: net = nn.Sequential(*[block(24, gain=1.3) for _ in range(8)], nn.Linear(24, 4))
optimizer = torch.optim.RMSprop(net.parameters(), lr=1e-4)
x, y = torch.randn(32, 24), torch.rand(32, 4)
for _ in range(4):
    optimizer.zero_grad()
    nn.functional.mse_loss(net(x), y).backward()  # <- warning exploding: net.[0-3].0.*
    optimizer.step()
