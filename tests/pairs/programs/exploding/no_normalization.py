import torch
from torch import nn


class Block(nn.Module):
    def __init__(self, dim, normalize):
        super().__init__()
        self.norm = nn.LayerNorm(dim) if normalize else nn.Identity()
        self.fc = nn.Linear(dim, dim)

    def forward(self, x):
        return x + 8 * torch.nn.functional.leaky_relu(self.fc(self.norm(x)), 0.8)  # <- warning exploding: model.blocks.[0-6].fc.*


class Net(nn.Module):
    def __init__(self, dim=16, depth=12, normalize=False):
        # fix: def __init__(self, dim=16, depth=12, normalize=True):
        super().__init__()
        self.blocks = nn.Sequential(*[Block(dim, normalize) for _ in range(depth)])
        self.out = nn.Linear(dim, 2)

    def forward(self, x):
        return self.out(self.blocks(x))


torch.manual_seed(0)
model = Net()
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
x, y = torch.randn(16, 16), torch.randn(16, 2)
for _ in range(4):
    optimizer.zero_grad()
    nn.functional.mse_loss(model(x), y).backward()
    optimizer.step()
