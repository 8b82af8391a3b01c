import torch
from torch import nn

table = nn.Embedding(10, 4)
out = nn.Linear(4, 2)
optimizer = torch.optim.Adam([*table.parameters(), *out.parameters()], lr=1e-2)
for epoch in range(3):
    for _ in range(10):
        tokens, labels = torch.randint(0, 10, (8,)), torch.randint(0, 2, (8,))
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(out(table(tokens)), labels)
        loss.backward()
        optimizer.step()
        table.weight = nn.Parameter(table.weight.detach() * 0.999)  # <- replaced-variable: weight
        # fix: with torch.no_grad():
        # fix:     table.weight.copy_(table.weight.detach() * 0.999)
