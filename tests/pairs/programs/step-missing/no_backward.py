import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.lin1 = nn.Linear(4, 6)
        self.lin2 = nn.Linear(6, 2)

    def forward(self, x):
        return self.lin2(torch.tanh(self.lin1(x)))


torch.manual_seed(0)
net = Net()
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
x, y = torch.randn(8, 4), torch.randint(0, 2, (8,))
for epoch in range(5):
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(net(x), y)
    # fix+ loss.backward()
    optimizer.step()  # <- step-missing: net.*
    # no proof: backward never ran, so which value is the loss is not known
