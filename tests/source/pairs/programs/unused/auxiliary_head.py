import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Linear(4, 8)
        self.main = nn.Linear(8, 2)
        self.aux = nn.Linear(8, 3)

    def forward(self, x):
        h = torch.relu(self.body(x))
        return self.main(h), self.aux(h)  # <- unused: self.aux


def run():
    model = Net()
    optimizer = torch.optim.Adam(model.parameters())
    for _ in range(4):
        x, y, z = torch.randn(8, 4), torch.randint(0, 2, (8,)), torch.randint(0, 3, (8,))
        logits, aux = model(x)
        loss = nn.functional.cross_entropy(logits, y)
        # fix+ loss = loss + nn.functional.cross_entropy(aux, z)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


run()
