import torch
from torch import nn


class PerLayer(nn.Module):
    def __init__(self, layers):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(4, 4) for _ in range(layers))
        scales = torch.ones(layers, requires_grad=True)
        self.register_buffer("scales", scales)  # <- buffer-not-parameter: self.scales
        # fix: self.scales = nn.Parameter(scales)

    def forward(self, x):
        for i, layer in enumerate(self.layers):
            x = self.scales[i] * torch.relu(layer(x))
        return x


model = PerLayer(3)
optimizer = torch.optim.Adam(model.parameters())
for _ in range(3):
    loss = model(torch.randn(2, 4)).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
