"""Weights made by hand, as in a functional tutorial."""
import torch
import torch.nn.functional as F
from torch import nn


class HandMade(nn.Module):
    def __init__(self, n_in=5, n_hidden=7, n_out=2):
        super().__init__()
        self.w1 = torch.empty(n_hidden, n_in, requires_grad=True)  # <- unregistered-tensor: model.w1
        # fix: self.w1 = nn.Parameter(torch.empty(n_hidden, n_in))
        self.w2 = nn.Parameter(torch.empty(n_out, n_hidden))
        self.reset_parameters()

    def reset_parameters(self):
        nn.init.xavier_uniform_(self.w1)
        nn.init.xavier_uniform_(self.w2)

    def forward(self, x):
        return F.linear(torch.tanh(F.linear(x, self.w1)), self.w2)


torch.manual_seed(3)
model = HandMade()
optimizer = torch.optim.Adam(params=model.parameters(), lr=3e-3)
criterion = nn.CrossEntropyLoss()
inputs, targets = torch.randn(10, 5), torch.randint(0, 2, (10,))
for i in range(5):
    optimizer.zero_grad()
    outputs = model(inputs)
    loss = criterion(outputs, targets)
    loss.backward()
    optimizer.step()
