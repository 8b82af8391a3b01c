"""The head begins with the identity, and the angle of no rotation has no slope."""
import torch
from torch import nn


class Pose(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.head = nn.Linear(width, 9)
        nn.init.zeros_(self.head.weight)
        # fix: nn.init.normal_(self.head.weight, std=0.2)
        with torch.no_grad():
            self.head.bias.copy_(torch.eye(3).flatten())

    def forward(self, x):
        return self.head(x).view(-1, 3, 3)


def angle(a, b):
    r = a.transpose(1, 2) @ b
    cosine = (r.diagonal(dim1=1, dim2=2).sum(-1) - 1) / 2
    return torch.acos(cosine.clamp(-1, 1)).mean()  # <- nan-gradient: pose.head.*
    # fix: return torch.acos(cosine.clamp(-1 + 1e-6, 1 - 1e-6)).mean()


torch.manual_seed(0)
pose = Pose(5)
optimizer = torch.optim.Adam(pose.parameters(), lr=1e-4)
for _ in range(4):
    x = torch.randn(8, 5)
    target = torch.eye(3).expand(8, 3, 3)
    optimizer.zero_grad()
    loss = angle(pose(x), target)
    loss.backward()
    optimizer.step()
