import torch
from torch import nn


class Net(nn.Module):
    def __init__(self, classes=10):
        super().__init__()
        self.body = nn.Linear(6, 8)
        self.fc = nn.Linear(8, classes)

    def forward(self, x):
        return self.fc(torch.tanh(self.body(x)))


torch.manual_seed(0)
model = Net()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
model.fc = nn.Linear(8, 3)  # <- stale-optimizer: model.fc.weight, model.fc.bias
# fix+ optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
x, y = torch.randn(8, 6), torch.randint(0, 3, (8,))
for _ in range(5):
    optimizer.zero_grad()
    nn.functional.cross_entropy(model(x), y).backward()
    optimizer.step()
