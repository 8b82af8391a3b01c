import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(16, 32), nn.Tanh(), nn.Linear(32, 32), nn.Tanh())
        self.head = nn.Linear(32, 4)

    def forward(self, x):
        return self.head(self.body(x))


torch.manual_seed(0)
model = Net().half()
# fix: model = Net()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, eps=1e-7)
x, y = torch.randn(64, 16).half(), torch.randn(64, 4).half()
# fix: x, y = torch.randn(64, 16), torch.randn(64, 4)
for _ in range(4):
    optimizer.zero_grad()
    loss = (model(x) - y).pow(2).mean() * 1e-6  # <- underflow: model.*
    loss.backward()
    optimizer.step()
