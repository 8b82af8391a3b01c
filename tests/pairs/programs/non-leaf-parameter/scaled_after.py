import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(6, 8)
        self.weight = nn.Parameter(torch.randn(8, 4)) * 0.1  # <- non-leaf-parameter: model.weight
        # fix: self.weight = nn.Parameter(torch.randn(8, 4) * 0.1)

    def forward(self, x):
        return torch.tanh(self.fc(x)) @ self.weight


torch.manual_seed(0)
model = Net()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
x, y = torch.randn(12, 6), torch.randint(0, 4, (12,))
for _ in range(5):
    optimizer.zero_grad()
    nn.functional.cross_entropy(model(x), y).backward()
    optimizer.step()
