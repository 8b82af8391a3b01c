import torch
import torch.nn.functional as F
from torch import nn


def clip_and_log(model, history):
    norm = nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    history.append(norm.item())
    model.zero_grad()  # <- step-missing: model.*
    # fix: return


torch.manual_seed(0)
model = nn.Sequential(nn.Embedding(5, 4), nn.Linear(4, 5))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
tokens = torch.randint(0, 5, (24,))
history = []
for _ in range(5):
    optimizer.zero_grad()
    F.cross_entropy(model(tokens[:-1]), tokens[1:]).backward()
    clip_and_log(model, history)
    optimizer.step()
