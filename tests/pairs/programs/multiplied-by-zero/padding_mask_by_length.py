"""Lengths are right; the comparison keeps what lies beyond them."""
import torch
from torch import nn


def length_mask(lengths, size):
    return torch.arange(size)[None, :] >= lengths[:, None]
    # fix: return torch.arange(size)[None, :] < lengths[:, None]


class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(30, 6, padding_idx=0)
        self.rnn = nn.GRU(6, 8, batch_first=True)
        self.out = nn.Linear(8, 4)

    def forward(self, tokens, lengths):
        mask = length_mask(lengths, tokens.size(1)).unsqueeze(-1)
        e = self.embedding(tokens) * mask  # <- multiplied-by-zero: tagger.embedding.weight, tagger.rnn.weight_ih_l0
        h, _ = self.rnn(e)
        return self.out(h)


torch.manual_seed(0)
tagger = Tagger()
optimizer = torch.optim.Adam(tagger.parameters(), lr=1e-2)
tokens, tags = torch.randint(1, 30, (5, 7)), torch.randint(0, 4, (5, 7))
lengths = torch.full((5,), 7)
for _ in range(4):
    scores = tagger(tokens, lengths)
    loss = nn.functional.cross_entropy(scores.flatten(0, 1), tags.flatten())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
