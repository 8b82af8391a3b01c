import torch
from torch import nn


class Mixer(nn.Module):
    def __init__(self):
        super().__init__()
        self.token = nn.Linear(4, 4)
        self.channel = nn.Linear(3, 3)
        self.head = nn.Linear(3, 1)

    def forward(self, x):
        mixed = self.token(x.transpose(1, 2)).transpose(1, 2).contiguous()
        mixed.detach_()  # <- detached: mixer.token.weight, mixer.token.bias
        # fix:
        return self.head(torch.tanh(self.channel(mixed))).mean(1)


torch.manual_seed(0)
mixer = Mixer()
optimizer = torch.optim.RMSprop(mixer.parameters(), lr=1e-3)
x, y = torch.randn(5, 4, 3), torch.randn(5, 1)
for _ in range(5):
    optimizer.zero_grad()
    nn.functional.huber_loss(mixer(x), y).backward()
    optimizer.step()
