import torch
from vae.losses import kl
from vae.model import VAE

torch.manual_seed(0)
model = VAE()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
x = torch.rand(16, 6) * 255
for _ in range(4):
    optimizer.zero_grad()
    decoded, mean, log_var = model(x)
    loss = (decoded / 255 - x / 255).abs().mean() + 1e-3 * kl(mean, log_var)
    loss.backward()
    optimizer.step()
