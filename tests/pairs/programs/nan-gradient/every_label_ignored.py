"""The labels were padded, and so was everything else: the prompt's length is counted twice."""
import torch
import torch.nn.functional as F
from torch import nn

IGNORED = -100


class Writer(nn.Module):
    def __init__(self, words=40, width=12):
        super().__init__()
        self.embedding = nn.Embedding(words, width)
        self.rnn = nn.GRU(width, width, batch_first=True)
        self.head = nn.Linear(width, words)

    def forward(self, tokens):
        h, _ = self.rnn(self.embedding(tokens))
        return self.head(h)


def collate(answers, prompt=6):
    """Learn the answers only, not the prompts before them."""
    tokens = torch.cat([torch.randint(0, 40, (len(answers), prompt)), answers], 1)
    labels = tokens.clone()
    labels[:, : prompt + answers.size(1)] = IGNORED
    # fix: labels[:, :prompt] = IGNORED
    return tokens, labels


def loss_of(scores, labels):
    scores, labels = scores[:, :-1].flatten(0, 1), labels[:, 1:].flatten()
    return F.cross_entropy(scores, labels, ignore_index=IGNORED)  # <- nan-gradient: writer.*
    # no proof: no label is left that a gradient could come from


torch.manual_seed(0)
writer = Writer()
optimizer = torch.optim.AdamW(writer.parameters(), lr=1e-3)
for step in range(4):
    tokens, labels = collate(torch.randint(0, 40, (4, 5)))
    loss = loss_of(writer(tokens), labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
