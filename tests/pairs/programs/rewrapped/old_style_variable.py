import torch
import torch.nn as nn
from torch.autograd import Variable


class Generator(nn.Module):
    def __init__(self):
        super(Generator, self).__init__()
        self.net = nn.Sequential(nn.Linear(2, 6), nn.Tanh(), nn.Linear(6, 4))

    def forward(self, z):
        return self.net(z)


class Critic(nn.Module):
    def __init__(self):
        super(Critic, self).__init__()
        self.net = nn.Linear(4, 1)

    def forward(self, x):
        return self.net(x)


torch.manual_seed(0)
generator, critic = Generator(), Critic()
optimizer = torch.optim.Adam(list(generator.parameters()) + list(critic.parameters()), lr=1e-3)
for _ in range(5):
    optimizer.zero_grad()
    fake = Variable(generator(torch.randn(8, 2)).data, requires_grad=True)  # <- rewrapped: generator.*
    # fix: fake = generator(torch.randn(8, 2))
    loss = (critic(fake) - 1).pow(2).mean()
    loss.backward()
    optimizer.step()
