import torch
from torch import nn


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.EmbeddingBag(10, 6)
        self.lin = nn.Linear(6, 6)
        self.head = nn.Linear(6, 2)

    @torch.no_grad()  # <- grad-disabled: model.emb.weight, model.lin.weight, model.lin.bias
    # fix:
    def encode(self, tokens):
        return torch.tanh(self.lin(self.emb(tokens)))

    def forward(self, tokens):
        return self.head(self.encode(tokens))


torch.manual_seed(0)
model = Encoder()
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2, weight_decay=0.1)
tokens, labels = torch.randint(0, 10, (8, 4)), torch.randint(0, 2, (8,))
for _ in range(5):
    optimizer.zero_grad()
    nn.functional.cross_entropy(model(tokens), labels).backward()
    optimizer.step()
