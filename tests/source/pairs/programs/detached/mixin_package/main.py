import torch
from torch import nn

from pooling import AttentionPooling


class Tagger(AttentionPooling, nn.Module):
    def __init__(self, vocab, dim):
        super().__init__()
        self.query = nn.Parameter(torch.randn(dim))
        self.rnn = nn.GRU(vocab, dim, batch_first=True)
        self.out = nn.Linear(dim, 2)

    def forward(self, x):
        states, _ = self.rnn(x)
        return self.out(self.pool(states))


def main():
    model = Tagger(5, 8)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    for _ in range(5):
        x, y = torch.randn(4, 7, 5), torch.randint(0, 2, (4,))
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()


if __name__ == "__main__":
    main()
