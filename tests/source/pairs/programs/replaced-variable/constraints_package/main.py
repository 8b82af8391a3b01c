import torch
from torch import nn

from constraints import keep_positive


class Monotone(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = nn.Linear(3, 8)
        self.outer = nn.Linear(8, 1)

    def forward(self, x):
        return self.outer(torch.tanh(self.inner(x)))


def main(steps=20):
    model = Monotone()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    for _ in range(steps):
        x = torch.rand(16, 3)
        loss = (model(x).squeeze(-1) - x.sum(1)).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        keep_positive(model.outer)


if __name__ == "__main__":
    main()
