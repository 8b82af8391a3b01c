"""The model and its optimizer are rebuilt for every fold of a cross-validation."""

import torch
import torch.nn as nn


def build():
    model = nn.Sequential(nn.Linear(6, 10), nn.ReLU(), nn.Linear(10, 2))
    return model, torch.optim.Adam(model.parameters(), lr=1e-2)


torch.manual_seed(0)
X, Y = torch.randn(40, 6), torch.randint(0, 2, (40,))
scores = []
for fold in range(4):
    held_out = torch.zeros(40, dtype=torch.bool)
    held_out[fold * 10 : fold * 10 + 10] = True
    model, optimizer = build()
    for _ in range(2):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(X[~held_out]), Y[~held_out])
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        scores.append((model(X[held_out]).argmax(1) == Y[held_out]).float().mean())
print(torch.stack(scores).mean().item())
