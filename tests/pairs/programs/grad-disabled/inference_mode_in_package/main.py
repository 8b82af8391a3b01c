import torch
from features import extract
from torch import nn


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.extractor = nn.Sequential(nn.Conv1d(1, 3, 3), nn.Tanh(), nn.Flatten())
        self.head = nn.Linear(18, 2)

    def forward(self, x):
        return self.head(extract(self.extractor, x))


torch.manual_seed(0)
model = Model()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
x, y = torch.randn(6, 1, 8), torch.randint(0, 2, (6,))
for _ in range(4):
    optimizer.zero_grad()
    nn.functional.cross_entropy(model(x), y).backward()
    optimizer.step()
