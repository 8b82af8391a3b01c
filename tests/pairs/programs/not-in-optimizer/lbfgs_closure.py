import torch
from torch import nn

torch.manual_seed(0)
basis = nn.Linear(1, 6)
readout = nn.Linear(6, 1)
lbfgs = torch.optim.LBFGS(readout.parameters(), lr=0.5, max_iter=3)  # <- warning not-in-optimizer: basis.weight, basis.bias
# fix: lbfgs = torch.optim.LBFGS([*basis.parameters(), *readout.parameters()], lr=0.5, max_iter=3)
x = torch.linspace(-1, 1, 12).unsqueeze(1)
y = torch.sin(3 * x)


def closure():
    lbfgs.zero_grad()
    loss = (readout(torch.tanh(basis(x))) - y).pow(2).mean()
    loss.backward()
    return loss


for _ in range(4):
    lbfgs.step(closure)
