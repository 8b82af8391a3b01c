"""The diagonal of a distance matrix by hand: sqrt has no slope at 0."""
import torch
from torch import nn


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(6, 12), nn.ReLU(), nn.Linear(12, 4, bias=False))

    def forward(self, x):
        return self.net(x)


def pairwise(e):
    diff = e.unsqueeze(1) - e.unsqueeze(0)
    return diff.pow(2).sum(-1).sqrt()  # <- nan-gradient: encoder.net.*
    # fix: return (diff.pow(2).sum(-1) + 1e-12).sqrt()


def contrastive(e, labels, margin=1.0):
    d = pairwise(e)
    same = labels[:, None] == labels[None, :]
    return torch.where(same, d, torch.relu(margin - d)).mean()


torch.manual_seed(0)
encoder = Encoder()
optimizer = torch.optim.SGD(encoder.parameters(), lr=0.05)
x, y = torch.randn(10, 6), torch.randint(0, 3, (10,))
for _ in range(5):
    loss = contrastive(encoder(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
