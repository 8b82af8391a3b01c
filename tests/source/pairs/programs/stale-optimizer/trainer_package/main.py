import torch
from torch import nn

from trainer import Trainer


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Linear(4, 16)
        self.classifier = nn.Linear(16, 1000)

    def forward(self, x):
        return self.classifier(self.features(x))


data = [(torch.randn(8, 4), torch.randint(0, 3, (8,))) for _ in range(10)]
Trainer(Model(), lr=0.1).fit(data)
