"""Fine-tune the head only, except that no parameter is called `fc`."""
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.backbone = nn.Sequential(nn.Linear(6, 8), nn.Tanh())
        self.classifier = nn.Linear(8, 3)

    def forward(self, x):
        return self.classifier(self.backbone(x))


torch.manual_seed(0)
model = Net()
for name, parameter in model.named_parameters():
    if not name.startswith("fc"):
        # fix: if not name.startswith("classifier"):
        parameter.requires_grad = False  # <- frozen: model.* -> model.classifier.*
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
x, y = torch.randn(8, 6), torch.randint(0, 3, (8,))
for _ in range(5):
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(model(x), y)
    loss.backward()
    optimizer.step()
