"""LBFGS calls its closure several times a step."""

import torch
import torch.nn as nn


class Sequence(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm1 = nn.LSTMCell(1, 8)
        self.linear = nn.Linear(8, 1)

    def forward(self, x):
        outputs = []
        h = torch.zeros(x.size(0), 8, dtype=x.dtype)
        c = torch.zeros(x.size(0), 8, dtype=x.dtype)
        for value in x.split(1, dim=1):
            h, c = self.lstm1(value, (h, c))
            outputs += [self.linear(h)]
        return torch.cat(outputs, dim=1)


torch.manual_seed(0)
t = torch.arange(0, 20, dtype=torch.float64)
data = torch.stack([torch.sin(t / 3 + k) for k in range(5)])
x, y = data[:, :-1], data[:, 1:]
seq = Sequence().double()
criterion = nn.MSELoss()
optimizer = torch.optim.LBFGS(seq.parameters(), lr=0.8, max_iter=4)

for i in range(4):

    def closure():
        optimizer.zero_grad()
        loss = criterion(seq(x), y)
        loss.backward()
        return loss

    loss = optimizer.step(closure)
    with torch.no_grad():
        test_loss = criterion(seq(x), y)
    print(i, loss.item(), test_loss.item())
