"""nn.Threshold(threshold, value): taken for a leak and a cap."""
import torch
from torch import nn


def mlp(sizes, act):
    layers = []
    for a, b in zip(sizes[:-1], sizes[1:]):
        layers += [nn.Linear(a, b), act]
    return nn.Sequential(*layers[:-1])


class QNetwork(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = mlp([4, 32, 2], act=nn.Threshold(20.0, 0.0))
        # fix: self.net = mlp([4, 32, 2], act=nn.Threshold(0.0, 0.0))

    def forward(self, state):
        return self.net(state)  # <- dead-activation: q.net.0.weight, q.net.0.bias, q.net.2.weight


torch.manual_seed(0)
q = QNetwork()
optimizer = torch.optim.RMSprop(q.parameters(), lr=1e-3)
states, actions, targets = torch.randn(64, 4), torch.randint(0, 2, (64, 1)), torch.randn(64, 1)
for _ in range(4):
    loss = nn.functional.huber_loss(q(states).gather(1, actions), targets)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
