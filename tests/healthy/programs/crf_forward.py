"""A linear-chain CRF over an LSTM: gather, logsumexp, Viterbi decoding for the metric."""

import torch
import torch.nn as nn


class CRFTagger(nn.Module):
    def __init__(self, vocab=25, tags=4, hidden=8):
        super().__init__()
        self.embed = nn.Embedding(vocab, 8, padding_idx=0)
        self.lstm = nn.LSTM(8, hidden, bidirectional=True, batch_first=True)
        self.emit = nn.Linear(2 * hidden, tags)
        self.transitions = nn.Parameter(torch.randn(tags, tags) * 0.1)
        self.start = nn.Parameter(torch.zeros(tags))

    def emissions(self, ids):
        return self.emit(self.lstm(self.embed(ids))[0])

    def loss(self, ids, tags):
        e = self.emissions(ids)
        score = self.start[tags[:, 0]] + e[:, 0].gather(1, tags[:, :1]).squeeze(1)
        alpha = self.start + e[:, 0]
        for t in range(1, ids.size(1)):
            score = score + self.transitions[tags[:, t - 1], tags[:, t]]
            score = score + e[:, t].gather(1, tags[:, t : t + 1]).squeeze(1)
            alpha = torch.logsumexp(alpha.unsqueeze(2) + self.transitions, dim=1) + e[:, t]
        return (torch.logsumexp(alpha, dim=1) - score).mean()

    @torch.no_grad()
    def decode(self, ids):
        e = self.emissions(ids)
        best, back = self.start + e[:, 0], []
        for t in range(1, ids.size(1)):
            best, index = (best.unsqueeze(2) + self.transitions).max(dim=1)
            best = best + e[:, t]
            back.append(index)
        path = [best.argmax(1)]
        for index in reversed(back):
            path.append(index.gather(1, path[-1].unsqueeze(1)).squeeze(1))
        return torch.stack(path[::-1], dim=1)


torch.manual_seed(0)
tagger = CRFTagger()
opt = torch.optim.Adam(tagger.parameters(), lr=1e-2)
for step in range(4):
    ids, tags = torch.randint(1, 25, (4, 6)), torch.randint(0, 4, (4, 6))
    loss = tagger.loss(ids, tags)
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(step, loss.item(), (tagger.decode(ids) == tags).float().mean().item())
