import torch
from torch import nn


class LanguageModel(nn.Module):
    def __init__(self, vocab=5, dim=6):
        super().__init__()
        self.tokens = nn.Embedding(vocab, dim)
        self.out = nn.Linear(dim, 8)

    def forward(self, tokens):
        return self.out(torch.tanh(self.tokens(tokens)))

    def resize(self, vocab):
        old = self.tokens.weight.data
        new = nn.Embedding(vocab, old.size(1))
        new.weight.data[: len(old)] = old
        self.tokens = new  # <- stale-optimizer: lm.tokens.weight


def main():
    torch.manual_seed(0)
    lm = LanguageModel()
    # fix+ lm.resize(8)
    optimizer = torch.optim.AdamW(lm.parameters(), lr=1e-2)
    lm.resize(8)
    # fix:
    tokens = torch.randint(0, 8, (4, 6))
    for _ in range(5):
        optimizer.zero_grad()
        logits = lm(tokens[:, :-1])
        loss = nn.functional.cross_entropy(logits.flatten(0, 1), tokens[:, 1:].flatten())
        loss.backward()
        optimizer.step()


main()
