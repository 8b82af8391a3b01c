import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
temperature = torch.tensor(1.5, requires_grad=True)
model = nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 3))


def criterion(logits, labels):
    return F.cross_entropy(logits / temperature, labels)


optimizer = torch.optim.SGD(model.parameters(), lr=0.1)  # <- not-in-optimizer: temperature
# fix: optimizer = torch.optim.SGD([*model.parameters(), temperature], lr=0.1)
x, y = torch.randn(9, 4), torch.randint(0, 3, (9,))
for _ in range(5):
    optimizer.zero_grad()
    loss = criterion(model(x), y)
    loss.backward()
    optimizer.step()
