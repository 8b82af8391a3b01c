import torch
from torch import nn


class BagOfWords(nn.Module):
    def __init__(self, vocab, dim, classes):
        super().__init__()
        self.emb = nn.Embedding(vocab, dim)
        self.out = nn.Linear(dim, classes)

    def forward(self, tokens):
        return self.out(self.emb(tokens).mean(1))


def add_noise(module, std):
    noise = std * torch.randn_like(module.weight)
    module.weight = nn.Parameter(module.weight.data + noise)  # <- replaced-variable: bow.emb.weight
    # fix: module.weight.data.add_(noise)


torch.manual_seed(0)
bow = BagOfWords(6, 4, 2)
adam = torch.optim.AdamW(bow.parameters(), lr=1e-2)
tokens, labels = torch.randint(0, 6, (16, 5)), torch.randint(0, 2, (16,))
for epoch in range(5):
    add_noise(bow.emb, 0.01)
    adam.zero_grad()
    nn.functional.cross_entropy(bow(tokens), labels).backward()
    adam.step()
