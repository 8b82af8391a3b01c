import torch
from torch import nn
from torch.utils.checkpoint import checkpoint


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Linear(5, 8)
        self.body = nn.Sequential(nn.Linear(8, 8), nn.Tanh())
        self.out = nn.Linear(5 + 8, 2)

    def forward(self, x):
        h = checkpoint(self.run, x, use_reentrant=True)  # <- grad-disabled: model.stem.*, model.body.0.*
        # fix: h = checkpoint(self.run, x, use_reentrant=False)
        return self.out(torch.cat([x, h], dim=1))

    def run(self, x):
        return self.body(torch.tanh(self.stem(x)))


torch.manual_seed(0)
model = Net()
opt = torch.optim.AdamW(model.parameters(), lr=1e-3)
x, y = torch.randn(8, 5), torch.randint(0, 2, (8,))
for _ in range(4):
    opt.zero_grad()
    nn.functional.cross_entropy(model(x), y).backward()
    opt.step()
