import torch
import torch.nn.functional as F
from torch import nn


class FunctionalMLP(nn.Module):
    def __init__(self, *sizes):
        super().__init__()
        pairs = list(zip(sizes, sizes[1:]))
        self.weights = [nn.Parameter(torch.randn(o, i) * i**-0.5) for i, o in pairs]  # <- unregistered-container: model.weights.0, model.weights.1
        # fix: self.weights = nn.ParameterList([nn.Parameter(torch.randn(o, i) * i**-0.5) for i, o in pairs])
        self.biases = nn.ParameterList([nn.Parameter(torch.zeros(o)) for _, o in pairs])

    def forward(self, x):
        for w, b in zip(self.weights, self.biases):
            x = torch.tanh(F.linear(x, w, b))
        return x


torch.manual_seed(0)
model = FunctionalMLP(4, 6, 2)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
x, y = torch.randn(8, 4), torch.rand(8, 2)
for _ in range(5):
    optimizer.zero_grad()
    F.mse_loss(model(x), y).backward()
    optimizer.step()
