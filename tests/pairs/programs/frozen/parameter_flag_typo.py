import torch
import torch.nn.functional as F
from torch import nn


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(8, 6)
        self.rnn = nn.GRU(6, 5, batch_first=True)
        self.out = nn.Linear(5, 2)

    def forward(self, tokens):
        return self.out(self.rnn(self.emb(tokens))[0].mean(1))


def unfreeze(module):
    for parameter in module.parameters():
        parameter.require_grad = True  # <- frozen: model.out.weight, model.out.bias
        # fix: parameter.requires_grad = True


torch.manual_seed(0)
model = Encoder()
model.requires_grad_(False)
model.rnn.requires_grad_(True)
model.emb.requires_grad_(True)
unfreeze(model.out)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
tokens, labels = torch.arange(8).repeat(2, 1), torch.tensor([0, 1])
for _ in range(5):
    optimizer.zero_grad()
    loss = F.cross_entropy(model(tokens), labels)
    loss.backward()
    optimizer.step()
