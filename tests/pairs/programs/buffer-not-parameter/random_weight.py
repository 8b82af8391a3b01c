import torch
import torch.nn.functional as F
from torch import nn


class Projection(nn.Module):
    def __init__(self, n_in, n_out):
        super().__init__()
        self.norm = nn.LayerNorm(n_in)
        self.register_buffer("weight", torch.randn(n_out, n_in) * n_in**-0.5)  # <- warning buffer-not-parameter: model.0.weight
        # fix: self.register_parameter("weight", nn.Parameter(torch.randn(n_out, n_in) * n_in**-0.5))
        self.bias = nn.Parameter(torch.zeros(n_out))

    def forward(self, x):
        return F.linear(self.norm(x), self.weight, self.bias)


torch.manual_seed(0)
model = nn.Sequential(Projection(5, 8), nn.Tanh(), nn.Linear(8, 1))
opt = torch.optim.SGD(model.parameters(), lr=0.05)
x, y = torch.randn(10, 5), torch.randn(10, 1)
for i in range(5):
    opt.zero_grad()
    loss = F.mse_loss(model(x), y)
    loss.backward()
    opt.step()
