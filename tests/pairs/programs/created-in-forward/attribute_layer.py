import torch
from torch import nn


class ConvPool(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv1d(1, 4, 3)
        # fix+ self.fc = nn.Linear(24, 2)

    def forward(self, x):
        h = torch.tanh(self.conv(x)).flatten(1)
        self.fc = nn.Linear(h.size(1), 2)  # <- created-in-forward: model.fc.weight, model.fc.bias
        # fix:
        return self.fc(h)


torch.manual_seed(0)
model = ConvPool()
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
x, y = torch.randn(6, 1, 8), torch.randint(0, 2, (6,))
for epoch in range(5):
    loss = nn.functional.cross_entropy(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
