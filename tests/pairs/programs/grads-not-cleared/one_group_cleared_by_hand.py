import torch
from torch import nn


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(5, 4)
        self.out = nn.Linear(4, 3)

    def forward(self, tokens):
        return self.out(torch.tanh(self.emb(tokens)).mean(1))


def clear(module):
    for p in module.parameters():
        p.grad = None


torch.manual_seed(0)
model = Model()
opt = torch.optim.SGD(model.parameters(), lr=0.05)
tokens, labels = torch.randint(0, 5, (8, 3)), torch.randint(0, 3, (8,))
for _ in range(5):
    clear(model.emb)
    # fix: clear(model)
    nn.functional.cross_entropy(model(tokens), labels).backward()
    opt.step()  # <- warning grads-not-cleared: model.out.weight, model.out.bias
