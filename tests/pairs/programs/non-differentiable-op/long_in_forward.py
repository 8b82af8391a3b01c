import torch
from torch import nn


class Quantized(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Linear(4, 6)
        self.decoder = nn.Linear(6, 4)

    def forward(self, x):
        codes = (10 * torch.tanh(self.encoder(x))).long()  # <- non-differentiable-op: model.encoder.weight, model.encoder.bias
        # fix: codes = 10 * torch.tanh(self.encoder(x))
        return self.decoder(codes.float() / 10)


torch.manual_seed(0)
model = Quantized()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
x = torch.randn(16, 4)
for _ in range(5):
    optimizer.zero_grad()
    loss = nn.functional.mse_loss(model(x), x)
    loss.backward()
    optimizer.step()
