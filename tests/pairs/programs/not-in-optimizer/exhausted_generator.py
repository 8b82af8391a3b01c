import torch
from torch import nn

torch.manual_seed(0)
encoder, head = nn.Linear(4, 6), nn.Linear(6, 1)
parameters = encoder.parameters()
# fix: parameters = list(encoder.parameters())
print("encoder has", sum(p.numel() for p in parameters), "weights")
optimizer = torch.optim.SGD([{"params": parameters}, {"params": head.parameters(), "lr": 0.2}], lr=0.1)  # <- not-in-optimizer: encoder.weight, encoder.bias
x, y = torch.randn(8, 4), torch.randn(8, 1)
for _ in range(5):
    optimizer.zero_grad()
    loss = nn.functional.mse_loss(head(torch.tanh(encoder(x))), y)
    loss.backward()
    optimizer.step()
