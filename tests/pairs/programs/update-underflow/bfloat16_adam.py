import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm = nn.LayerNorm(8)  # <- update-underflow: model.norm.weight, model.fc.*
        self.fc = nn.Linear(8, 2)

    def forward(self, x):
        return self.fc(self.norm(x))


torch.manual_seed(0)
model = Net().bfloat16()
# fix: model = Net()
with torch.no_grad():
    model.fc.bias.fill_(1.0)
    model.fc.weight.copy_(model.fc.weight.sign())
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-5, weight_decay=0.0)
x, y = torch.randn(16, 8).bfloat16(), torch.randint(0, 2, (16,))
# fix: x, y = torch.randn(16, 8), torch.randint(0, 2, (16,))
for _ in range(4):
    optimizer.zero_grad()
    nn.functional.cross_entropy(model(x).float(), y).backward()
    optimizer.step()
