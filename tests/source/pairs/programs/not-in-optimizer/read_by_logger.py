import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Linear(6, 6)
        self.head = nn.Linear(6, 1)

    def forward(self, x):
        return self.head(torch.tanh(self.body(x)))


def count(parameters):
    return sum(p.numel() for p in parameters)


def train(net, batches):
    wanted = (p for p in net.parameters() if p.requires_grad)
    # fix: wanted = [p for p in net.parameters() if p.requires_grad]
    print("training", count(wanted), "weights")
    optimizer = torch.optim.AdamW(wanted, lr=1e-2)  # <- not-in-optimizer: self.body, self.head
    for x in batches:
        loss = net(x).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


if __name__ == "__main__":
    train(Net(), [torch.randn(8, 6) for _ in range(3)])
