import torch
from torch import nn


class Speller(nn.Module):
    """Generates a letter, reads it back, and scores what comes next."""

    def __init__(self, letters=5, dim=6):
        super().__init__()
        self.first = nn.Linear(dim, letters)
        self.read = nn.Embedding(letters, dim)
        self.second = nn.Linear(dim, letters)

    def forward(self, x):
        probabilities = self.first(x).softmax(-1)
        letter = torch.multinomial(probabilities, 1).squeeze(1)  # <- non-differentiable-op: model.first.weight, model.first.bias
        # fix: letter = probabilities
        return self.second(self.read(letter))
        # fix: return self.second(letter @ self.read.weight)


torch.manual_seed(0)
model = Speller()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
x, y = torch.randn(32, 6), torch.randint(0, 5, (32,))
for _ in range(4):
    optimizer.zero_grad()
    nn.functional.cross_entropy(model(x), y).backward()
    optimizer.step()
