"""Groups by name, and one kind of parameter falls through."""
import torch
from torch import nn


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(6, 4)
        self.lin = nn.Linear(4, 4)
        self.scale = nn.Parameter(torch.ones(4))
        self.out = nn.Linear(4, 2)

    def forward(self, tokens):
        return self.out(torch.tanh(self.lin(self.emb(tokens).mean(1))) * self.scale)


def build_optimizer(model, lr):
    decay = [p for n, p in model.named_parameters() if n.endswith("weight")]
    no_decay = [p for n, p in model.named_parameters() if n.endswith("bias")]
    # fix: no_decay = [p for n, p in model.named_parameters() if not n.endswith("weight")]
    groups = [{"params": decay, "weight_decay": 0.1}, {"params": no_decay, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=lr)  # <- not-in-optimizer: model.scale


torch.manual_seed(0)
model = Model()
optimizer = build_optimizer(model, 1e-2)
tokens, labels = torch.randint(0, 6, (12, 5)), torch.randint(0, 2, (12,))
for _ in range(4):
    optimizer.zero_grad()
    nn.functional.cross_entropy(model(tokens), labels).backward()
    optimizer.step()
