import torch
from torch import nn

from freezing import freeze_all, unfreeze


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv1d(1, 4, 3)
        self.fc = nn.Linear(4, 2)

    def forward(self, x):
        return self.fc(self.conv(x).mean(-1))


model = Net()
freeze_all(model)
unfreeze(model.fc)
optimizer = torch.optim.SGD(filter(lambda p: p.requires_grad, model.parameters()), lr=0.1)
for _ in range(3):
    loss = nn.functional.cross_entropy(model(torch.randn(2, 1, 8)), torch.tensor([0, 1]))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
