"""The mean over a large picture gives each pixel a gradient that float16 cannot hold."""
import torch
from torch import nn


class Denoiser(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(3, 4, 3, padding=1)
        self.last = nn.Conv2d(4, 3, 3, padding=1)
        nn.init.normal_(self.last.weight, std=0.003)
        nn.init.zeros_(self.last.bias)

    def forward(self, noisy):
        return self.last(torch.relu(self.first(noisy)))  # <- underflow: model.first.*


torch.manual_seed(0)
model = Denoiser()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
clean = torch.rand(1, 3, 256, 256)
noise = 0.001 * torch.randn_like(clean)
for step in range(4):
    optimizer.zero_grad()
    with torch.autocast("cpu", dtype=torch.float16):
        residual = model(clean + noise)
    loss = nn.functional.mse_loss(residual.float(), noise)
    # fix: loss = nn.functional.mse_loss(residual.float(), noise, reduction="sum")
    loss.backward()
    optimizer.step()
