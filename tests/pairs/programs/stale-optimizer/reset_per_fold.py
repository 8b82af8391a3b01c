import torch
from torch import nn


class Tagger(nn.Module):
    def __init__(self, vocab=6, dim=4):
        super().__init__()
        self.emb = nn.Embedding(vocab, dim)
        self.mix = nn.Linear(dim, dim)
        self.bias = nn.Parameter(torch.zeros(vocab))
        self.reset()

    def reset(self):
        self.kernel = nn.Parameter(torch.randn(4, 6) * 0.3)  # <- stale-optimizer: tagger.kernel

    def forward(self, tokens):
        return torch.tanh(self.mix(self.emb(tokens))) @ self.kernel + self.bias


torch.manual_seed(0)
tagger = Tagger()
opt = torch.optim.Adam(tagger.parameters(), lr=1e-2)
tagger.reset()  # a new start for every fold
# fix+ opt = torch.optim.Adam(tagger.parameters(), lr=1e-2)
tokens, tags = torch.randint(0, 6, (16,)), torch.randint(0, 6, (16,))
for epoch in range(5):
    opt.zero_grad()
    nn.functional.cross_entropy(tagger(tokens), tags).backward()
    opt.step()
