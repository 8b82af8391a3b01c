import torch
from torch import nn

torch.manual_seed(0)
encoder, decoder = nn.Linear(6, 3), nn.Linear(3, 6)
opt_e = torch.optim.Adam(encoder.parameters(), lr=1e-2)
opt_d = torch.optim.Adam(decoder.parameters(), lr=1e-2)
x = torch.randn(8, 6)
for _ in range(5):
    opt_e.zero_grad()
    opt_d.zero_grad()
    loss = nn.functional.mse_loss(decoder(torch.tanh(encoder(x))), x)
    loss.backward()  # <- step-missing: encoder.weight, encoder.bias
    opt_d.step()
    # fix+ opt_e.step()
