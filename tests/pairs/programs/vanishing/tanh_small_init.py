import torch
from torch import nn


def init_weights(module):
    if isinstance(module, nn.Linear):
        nn.init.normal_(module.weight, std=0.02)
        # fix: nn.init.xavier_normal_(module.weight)
        nn.init.zeros_(module.bias)


def mlp(sizes):
    layers = []
    for a, b in zip(sizes, sizes[1:]):
        layers += [nn.Linear(a, b), nn.Tanh()]
    return nn.Sequential(*layers[:-1])


torch.manual_seed(0)
net = mlp([10] + [32] * 10 + [2])
net.apply(init_weights)
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
x, y = torch.randn(64, 10), (torch.arange(64) % 3 == 0).long()
for epoch in range(4):
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(net(x), y)  # <- warning vanishing: net.[02468].*, net.1[02].*
    loss.backward()
    optimizer.step()
