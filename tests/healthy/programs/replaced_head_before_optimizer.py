"""A head is replaced, a layer is re-initialized in place, then the optimizer is built."""

import torch
import torch.nn as nn


class Net(nn.Module):
    def __init__(self, classes=10):
        super().__init__()
        self.features = nn.Sequential(nn.Linear(8, 16), nn.ReLU())
        self.fc = nn.Linear(16, classes)

    def forward(self, x):
        return self.fc(self.features(x))


torch.manual_seed(0)
model = Net()
model.load_state_dict(Net().state_dict())
model.fc = nn.Linear(model.fc.in_features, 3)
with torch.no_grad():
    model.features[0].weight.normal_(0, 0.1)
model.fc.bias.data.fill_(-0.5)
model = model.double().float()
optimizer = torch.optim.Adagrad(model.parameters(), lr=1e-2)
for step in range(4):
    x, y = torch.randn(16, 8), torch.randint(0, 3, (16,))
    loss = nn.functional.cross_entropy(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(step, loss.item())
