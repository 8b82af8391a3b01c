import torch
import torch.nn.functional as F
from torch import nn


def init_weight(n_out, n_in):
    std = (2 / n_in) ** 0.5
    return nn.Parameter(torch.randn(n_out, n_in)).mul(std)  # <- non-leaf-parameter: model.w1, model.w2
    # fix: return nn.Parameter(torch.randn(n_out, n_in).mul(std))


class TwoLayer(nn.Module):
    def __init__(self):
        super().__init__()
        self.w1 = init_weight(8, 5)
        self.w2 = init_weight(1, 8)
        self.b = nn.Parameter(torch.zeros(1))

    def forward(self, x):
        return F.linear(torch.tanh(F.linear(x, self.w1)), self.w2, self.b)


torch.manual_seed(0)
model = TwoLayer()
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
x, y = torch.randn(8, 5), torch.randn(8, 1)
for epoch in range(4):
    optimizer.zero_grad()
    loss = F.mse_loss(model(x), y)
    loss.backward()
    optimizer.step()
