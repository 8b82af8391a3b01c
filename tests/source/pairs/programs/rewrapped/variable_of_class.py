from torch import nn
from torch.autograd import Variable


class Encoder(nn.Module):
    def __init__(self, words=20, size=8):
        super().__init__()
        self.embed = nn.Embedding(words, size)
        self.gru = nn.GRU(size, size, batch_first=True)
        self.out = nn.Linear(size, words)

    def forward(self, words):
        states, _ = self.gru(self.embed(words))
        last = Variable(states[:, -1].data)  # <- warning rewrapped: self.embed, self.gru
        # fix: last = states[:, -1]
        return self.out(last)
