import torch
from torch import nn


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Linear(5, 6)
        self.decoder = nn.Linear(6, 2)

    def forward(self, x):
        return self.decoder(torch.tanh(self.encoder(x)))


torch.manual_seed(0)
model = Model()
optimizer = torch.optim.Adam(model.decoder.parameters(), lr=1e-2)  # <- warning not-in-optimizer: model.encoder.weight, model.encoder.bias
# fix: optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
x, y = torch.randn(8, 5), torch.randint(0, 2, (8,))
for _ in range(5):
    optimizer.zero_grad()
    nn.functional.cross_entropy(model(x), y).backward()
    optimizer.step()
