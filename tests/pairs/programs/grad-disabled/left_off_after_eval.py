import torch
from torch import nn


def evaluate(model, x, y):
    torch.set_grad_enabled(False)  # <- grad-disabled: model.*
    model.eval()
    accuracy = (model(x).argmax(1) == y).float().mean().item()
    # fix+ torch.set_grad_enabled(True)
    return accuracy


torch.manual_seed(0)
model = nn.Sequential(nn.Linear(4, 6), nn.GELU(), nn.Linear(6, 3))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
x, y = torch.randn(9, 4), torch.randint(0, 3, (9,))
print("before training", evaluate(model, x, y))
for _ in range(5):
    model.train()
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(model(x), y)
    loss.backward()
    optimizer.step()
