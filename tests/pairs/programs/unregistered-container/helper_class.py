import torch
from torch import nn


class FeedForward:
    # fix: class FeedForward(nn.Module):
    """Looks like a module, walks like a module, is not one."""

    def __init__(self, dim):
        # fix+ super().__init__()
        self.up = nn.Linear(dim, 2 * dim)
        self.down = nn.Linear(2 * dim, dim)

    def __call__(self, x):
        # fix: def forward(self, x):
        return self.down(torch.tanh(self.up(x)))


class Block(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.ffn = FeedForward(dim)  # <- unregistered-container: model.ffn.*

    def forward(self, x):
        return x + self.ffn(self.norm(x))


torch.manual_seed(0)
model = Block(6)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
x, y = torch.randn(10, 6), torch.randn(10, 6)
for _ in range(5):
    optimizer.zero_grad()
    torch.nn.functional.smooth_l1_loss(model(x), y).backward()
    optimizer.step()
