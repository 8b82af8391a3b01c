"""A character model by hand: the recurrent matrix was initialized as if it were an embedding."""
import torch
import torch.nn.functional as F
from torch import nn


class Elman(nn.Module):
    def __init__(self, letters=12, hidden=48):
        super().__init__()
        self.letters = nn.Embedding(letters, hidden)
        self.recurrent = nn.Linear(hidden, hidden)
        self.head = nn.Linear(hidden, letters)
        for p in self.parameters():
            nn.init.normal_(p, std=0.6)
            # fix: nn.init.normal_(p, std=0.1)

    def forward(self, text):
        h = torch.zeros(len(text), self.recurrent.in_features)
        for x in self.letters(text).unbind(1):
            h = torch.tanh(x + self.recurrent(h))  # <- warning exploding: model.recurrent.*
        return self.head(h)


torch.manual_seed(0)
model = Elman()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-4)
for _ in range(4):
    text = torch.randint(0, 12, (8, 31))
    loss = F.cross_entropy(model(text[:, :-1]), text[:, -1])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
