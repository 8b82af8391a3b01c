import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.backbone = nn.Linear(4, 6)
        self.head = nn.Linear(6, 2)

    def forward(self, x):
        return self.head(torch.tanh(self.backbone(x)))


torch.manual_seed(0)
net = Net()
base_lr, factor = 1e-2, 1 // 10
# fix: base_lr, factor = 1e-2, 1 / 10
optimizer = torch.optim.Adam(  # <- zero-learning-rate: net.backbone.weight, net.backbone.bias
    [
        {"params": net.backbone.parameters(), "lr": base_lr * factor},
        {"params": net.head.parameters()},
    ],
    lr=base_lr,
)
x, y = torch.randn(8, 4), torch.randint(0, 2, (8,))
for _ in range(5):
    optimizer.zero_grad()
    nn.functional.cross_entropy(net(x), y).backward()
    optimizer.step()
