"""The labels are cut from the wrong end of the batch: only padding is left, which does not count."""
import torch
import torch.nn.functional as F
from torch import nn

PAD = 0


class Tagger(nn.Module):
    def __init__(self, words, tags):
        super().__init__()
        self.embed = nn.Embedding(words, 16, padding_idx=PAD)
        self.tags = nn.Linear(16, tags)

    def forward(self, words):
        return self.tags(self.embed(words))


torch.manual_seed(0)
tagger = Tagger(50, 5)
optimizer = torch.optim.Adam(tagger.parameters(), lr=1e-3)
for _ in range(4):
    words = torch.randint(1, 50, (8, 12))
    labels = F.pad(torch.randint(1, 5, (8, 12)), (0, 12), value=PAD)
    scores = tagger(words).flatten(0, 1)
    wanted = labels[:, -12:].flatten()
    # fix: wanted = labels[:, :12].flatten()
    loss = F.cross_entropy(scores, wanted, ignore_index=PAD, reduction="sum") / len(words)  # <- multiplied-by-zero: tagger.*
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
