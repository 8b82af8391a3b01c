"""Truncated backpropagation through time: the hidden state is detached between chunks."""

import torch
import torch.nn as nn
import torch.nn.functional as F


class RNNModel(nn.Module):
    def __init__(self, ntoken=30, ninp=12, nhid=12):
        super().__init__()
        self.encoder = nn.Embedding(ntoken, ninp)
        self.rnn = nn.LSTM(ninp, nhid)
        self.decoder = nn.Linear(nhid, ntoken)
        self.nhid = nhid

    def forward(self, x, hidden):
        out, hidden = self.rnn(self.encoder(x), hidden)
        return self.decoder(out), hidden

    def init_hidden(self, bsz):
        weight = next(self.parameters())
        return weight.new_zeros(1, bsz, self.nhid), weight.new_zeros(1, bsz, self.nhid)


def repackage_hidden(h):
    if isinstance(h, torch.Tensor):
        return h.detach()
    return tuple(repackage_hidden(v) for v in h)


torch.manual_seed(0)
corpus = torch.randint(0, 30, (41, 4))
model = RNNModel()
lr, bptt, total_loss = 0.5, 8, 0.0
hidden = model.init_hidden(4)
optimizer = torch.optim.SGD(model.parameters(), lr=lr)
for batch, i in enumerate(range(0, corpus.size(0) - 1, bptt)):
    data, targets = corpus[i : i + bptt], corpus[i + 1 : i + 1 + bptt]
    hidden = repackage_hidden(hidden)
    optimizer.zero_grad()
    output, hidden = model(data, hidden)
    loss = F.cross_entropy(output.view(-1, 30), targets.reshape(-1))
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 0.25)
    optimizer.step()
    total_loss += loss.item()
    print(batch, total_loss / (batch + 1))
