import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.shared = nn.Linear(6, 16)
        self.label = nn.Linear(16, 3)
        self.rotation = nn.Linear(16, 4)

    def forward(self, x):
        h = torch.tanh(self.shared(x))
        return self.label(h), self.rotation(h)


torch.manual_seed(0)
model = Net().half()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
x, label, rotation = torch.randn(32, 6).half(), torch.randint(0, 3, (32,)), torch.randint(0, 4, (32,))
for _ in range(4):
    optimizer.zero_grad()
    a, b = model(x)
    main = nn.functional.cross_entropy(a, label)
    aux = nn.functional.cross_entropy(b, rotation)
    loss = main + 1e-8 * aux  # <- underflow: model.rotation.*
    # fix: loss = main + 0.1 * aux
    loss.backward()
    optimizer.step()
