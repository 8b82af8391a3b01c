"""Deep encoder whose blocks shrink what goes through them; bottleneck upon bottleneck."""
import torch
from torch import nn


class Shrink(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.down = nn.Linear(dim, dim // 2)
        self.up = nn.Linear(dim // 2, dim)

    def forward(self, x):
        return 0.1 * self.up(torch.tanh(self.down(x)))  # <- warning vanishing: encoder.[0-2].*
        # fix: return x + 0.1 * self.up(torch.tanh(self.down(x)))


torch.manual_seed(0)
encoder = nn.Sequential(*[Shrink(12) for _ in range(6)])
decoder = nn.Linear(12, 3)
optimizer = torch.optim.AdamW([*encoder.parameters(), *decoder.parameters()], lr=1e-3)
x, y = torch.randn(32, 12), torch.randn(32, 3)
for _ in range(4):
    optimizer.zero_grad()
    loss = (decoder(encoder(x)) - y).pow(2).mean()
    loss.backward()
    optimizer.step()
