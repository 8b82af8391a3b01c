"""Every bias gets the prior that was meant for the last layer's."""
import torch
from torch import nn


def init_weights(module):
    if isinstance(module, nn.Linear):
        nn.init.xavier_uniform_(module.weight)
        nn.init.constant_(module.bias, -100.0)
        # fix: nn.init.zeros_(module.bias)


class Classifier(nn.Module):
    def __init__(self, n_in, n_hidden, n_out):
        super().__init__()
        self.body = nn.Linear(n_in, n_hidden)
        self.head = nn.Linear(n_hidden, n_out)
        self.apply(init_weights)

    def forward(self, x):
        h = torch.relu(self.body(x))  # <- dead-activation: model.body.weight, model.body.bias, model.head.weight
        return self.head(h)


torch.manual_seed(0)
model = Classifier(10, 16, 3)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
x, y = torch.randn(32, 10), torch.randint(0, 3, (32,))
for _ in range(5):
    optimizer.zero_grad()
    nn.functional.cross_entropy(model(x), y).backward()
    optimizer.step()
