import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class Regressor(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(3, 8)
        self.out = nn.Linear(8, 1)

    def forward(self, x):
        return self.out(torch.relu(self.hidden(x)))


def load():
    rows = [[0.1, 0.5, 1.0], [0.2, float("nan"), 0.3], [0.9, 0.1, 0.4], [0.3, 0.8, 0.2]]
    # fix: rows = [[0.1, 0.5, 1.0], [0.2, 0.0, 0.3], [0.9, 0.1, 0.4], [0.3, 0.8, 0.2]]
    return TensorDataset(torch.tensor(rows), torch.tensor([[1.0], [0.0], [2.0], [1.5]]))


torch.manual_seed(0)
model = Regressor()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for epoch in range(5):
    for x, y in DataLoader(load(), batch_size=4):  # <- nan-gradient: model.*
    # no proof: the data itself is not finite
        optimizer.zero_grad()
        nn.functional.mse_loss(model(x), y).backward()
        optimizer.step()
