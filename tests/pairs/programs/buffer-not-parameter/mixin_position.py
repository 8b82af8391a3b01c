import torch
from torch import nn


class WithPositions:
    def add_positions(self, length, dim):
        pe = nn.init.trunc_normal_(torch.empty(1, length, dim), std=0.02)
        self.register_buffer("positions", pe, persistent=False)  # <- warning buffer-not-parameter: model.positions
        # fix: self.positions = nn.Parameter(pe)


class Classifier(nn.Module, WithPositions):
    def __init__(self, dim=6, length=4):
        super().__init__()
        self.patch = nn.Linear(3, dim)
        self.add_positions(length, dim)
        self.head = nn.Linear(dim * length, 2)

    def forward(self, x):
        return self.head(torch.sin(self.patch(x) + self.positions).flatten(1))


torch.manual_seed(0)
model = Classifier()
opt = torch.optim.Adam(model.parameters(), lr=1e-3)
x, y = torch.randn(8, 4, 3), torch.randint(0, 2, (8,))
for _ in range(5):
    loss = nn.functional.cross_entropy(model(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
