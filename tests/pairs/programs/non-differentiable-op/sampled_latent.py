import torch
from torch import nn
from torch.distributions import Normal


class VAE(nn.Module):
    def __init__(self):
        super().__init__()
        self.encode = nn.Linear(5, 4)
        self.decode = nn.Linear(2, 5)

    def forward(self, x):
        mean, log_scale = self.encode(x).chunk(2, dim=-1)
        z = Normal(mean, log_scale.exp()).sample()  # <- non-differentiable-op: vae.encode.weight, vae.encode.bias
        # fix: z = Normal(mean, log_scale.exp()).rsample()
        return self.decode(z)


torch.manual_seed(0)
vae = VAE()
optimizer = torch.optim.Adam(vae.parameters(), lr=1e-2)
x = torch.randn(16, 5)
for _ in range(5):
    optimizer.zero_grad()
    ((vae(x) - x) ** 2).sum(-1).mean().backward()
    optimizer.step()
