"""The matrices move a little; the gains of the norms, which are 1, never do."""
import torch
from torch import nn


class Block(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.norm = nn.LayerNorm(dim, bias=False)  # <- update-underflow: model.blocks.*.norm.weight
        self.mlp = nn.Sequential(nn.Linear(dim, 2 * dim), nn.GELU(), nn.Linear(2 * dim, dim))

    def forward(self, x):
        return x + self.mlp(self.norm(x))


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = nn.Sequential(*[Block(16) for _ in range(2)])
        self.head = nn.Linear(16, 4)

    def forward(self, x):
        return self.head(self.blocks(x))


torch.manual_seed(0)
model = Model().to(torch.bfloat16)
# fix: model = Model()
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
x, y = torch.randn(32, 16), torch.randint(0, 4, (32,))
for _ in range(5):
    optimizer.zero_grad()
    logits = model(x.to(next(model.parameters()).dtype))
    nn.functional.cross_entropy(logits.float(), y).backward()
    optimizer.step()
