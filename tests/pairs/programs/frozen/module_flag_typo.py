import torch
from torch import nn


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(nn.Linear(6, 8), nn.Tanh(), nn.Linear(8, 8), nn.Tanh())
        self.layer4 = nn.Linear(8, 8)
        self.fc = nn.Linear(8, 2)

    def forward(self, x):
        return self.fc(torch.tanh(self.layer4(self.features(x))))


torch.manual_seed(0)
model = Classifier()
for p in model.parameters():
    p.requires_grad = False
model.layer4.requires_grad = True  # <- frozen: model.layer4.weight, model.layer4.bias
# fix: model.layer4.requires_grad_(True)
model.fc = nn.Linear(8, 2)

optimizer = torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=0.1)
x, y = torch.randn(8, 6), torch.randint(0, 2, (8,))
for _ in range(5):
    optimizer.zero_grad()
    nn.functional.cross_entropy(model(x), y).backward()
    optimizer.step()
