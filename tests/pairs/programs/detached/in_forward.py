import torch
from torch import nn


class AutoEncoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Linear(6, 4)
        self.decoder = nn.Linear(4, 6)

    def forward(self, x):
        z = torch.tanh(self.encoder(x))
        z = z.detach()  # <- detached: model.encoder.weight, model.encoder.bias
        # fix:
        return self.decoder(z)


torch.manual_seed(0)
model = AutoEncoder()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
x = torch.randn(8, 6)
for _ in range(5):
    optimizer.zero_grad()
    nn.functional.mse_loss(model(x), x).backward()
    optimizer.step()
