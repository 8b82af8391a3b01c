"""One of many language heads is drawn at every step; a few steps see only a few of them."""

import random

import torch
import torch.nn as nn


class Translator(nn.Module):
    def __init__(self, languages):
        super().__init__()
        self.shared = nn.Embedding(32, 8)
        self.adapters = nn.ModuleDict({lang: nn.Linear(8, 8) for lang in languages})
        self.outputs = nn.ModuleList(nn.Linear(8, 32) for _ in languages)
        self.languages = languages

    def forward(self, ids, lang):
        h = torch.relu(self.adapters[lang](self.shared(ids)))
        return self.outputs[self.languages.index(lang)](h)


random.seed(3)
torch.manual_seed(0)
languages = ["de", "fr", "es", "it", "pt", "nl", "sv", "pl", "cs", "fi"]
model = Translator(languages)
opt = torch.optim.Adam(model.parameters(), lr=1e-3)
for step in range(30):
    lang = random.choice(languages)
    ids = torch.randint(0, 32, (4, 6))
    loss = nn.functional.cross_entropy(model(ids, lang).flatten(0, 1), ids.flatten())
    opt.zero_grad()
    loss.backward()
    opt.step()
    if step % 10 == 0:
        print(step, lang, loss.item())
