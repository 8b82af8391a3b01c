"""The same fine-tuning with a backbone that really is frozen, which is fine."""

import torch
from torch import nn


class Classifier(nn.Module):
    def __init__(self, classes=3):
        super().__init__()
        self.backbone = nn.Sequential(nn.Linear(16, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU())
        self.head = nn.Linear(32, classes)

    def forward(self, x):
        return self.head(self.backbone(x))


torch.manual_seed(0)
model = Classifier()
model.backbone.requires_grad_(False)  # keep the pretrained features

optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
inputs, labels = torch.randn(90, 16), torch.randint(0, 3, (90,))

for epoch in range(20):
    loss = nn.functional.cross_entropy(model(inputs), labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

print(f"final loss {loss.item():.4f}")
