"""Transfer learning: the backbone is frozen and only what trains goes to the optimizer."""

import torch
import torch.nn as nn


class Backbone(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 8, 3, padding=1)
        self.bn1 = nn.BatchNorm2d(8)
        self.conv2 = nn.Conv2d(8, 16, 3, stride=2, padding=1)
        self.bn2 = nn.BatchNorm2d(16)
        self.fc = nn.Linear(16, 10)

    def forward(self, x):
        x = torch.relu(self.bn1(self.conv1(x)))
        x = torch.relu(self.bn2(self.conv2(x)))
        return self.fc(x.mean(dim=(2, 3)))


torch.manual_seed(0)
model = Backbone()
for param in model.parameters():
    param.requires_grad = False
model.fc = nn.Linear(16, 2)

optimizer = torch.optim.SGD(
    filter(lambda p: p.requires_grad, model.parameters()), lr=0.01, momentum=0.9
)
criterion = nn.CrossEntropyLoss()

for epoch in range(4):
    model.train()
    running_loss, running_corrects = 0.0, 0
    inputs, labels = torch.randn(8, 3, 8, 8), torch.randint(0, 2, (8,))
    optimizer.zero_grad()
    with torch.set_grad_enabled(True):
        outputs = model(inputs)
        _, preds = torch.max(outputs, 1)
        loss = criterion(outputs, labels)
        loss.backward()
        optimizer.step()
    running_loss += loss.item() * inputs.size(0)
    running_corrects += torch.sum(preds == labels.data)
    print(f"epoch {epoch} loss {running_loss / 8:.4f} acc {running_corrects.double() / 8:.4f}")
