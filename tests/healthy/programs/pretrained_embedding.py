"""Word vectors frozen by from_pretrained, a trained one beside it, a bidirectional GRU on top."""

import numpy as np
import torch
import torch.nn as nn


class TextClassifier(nn.Module):
    def __init__(self, vectors, classes):
        super().__init__()
        self.static = nn.Embedding.from_pretrained(torch.from_numpy(vectors), freeze=True)
        self.tuned = nn.Embedding(vectors.shape[0], vectors.shape[1], padding_idx=0)
        self.tuned.weight.data.copy_(torch.from_numpy(vectors))
        self.gru = nn.GRU(2 * vectors.shape[1], 8, batch_first=True, bidirectional=True)
        self.out = nn.Linear(16, classes)

    def forward(self, ids, lengths):
        h = torch.cat([self.static(ids), self.tuned(ids)], dim=-1)
        packed = nn.utils.rnn.pack_padded_sequence(
            h, lengths, batch_first=True, enforce_sorted=False
        )
        _, hidden = self.gru(packed)
        return self.out(torch.cat([hidden[0], hidden[1]], dim=1))


rng = np.random.default_rng(0)
torch.manual_seed(0)
vectors = rng.normal(size=(30, 6)).astype("float32")
model = TextClassifier(vectors, 2)
optimizer = torch.optim.Adam([p for p in model.parameters() if p.requires_grad])
for step in range(4):
    lengths = torch.randint(2, 8, (5,))
    ids = torch.randint(1, 30, (5, 7))
    labels = torch.randint(0, 2, (5,))
    loss = nn.functional.cross_entropy(model(ids, lengths), labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(step, loss.item())
