"""A transformer block whose position embedding is a bare tensor."""
import torch
import torch.nn as nn
import torch.nn.functional as F


class TinyEncoder(nn.Module):
    def __init__(self, vocab=20, length=5, dim=8):
        super().__init__()
        self.embed = nn.Embedding(vocab, dim)
        self.pos = torch.randn(1, length, dim) * 0.02  # <- warning unregistered-tensor: model.pos
        # fix: self.pos = nn.Parameter(torch.randn(1, length, dim) * 0.02)
        self.out = nn.Linear(dim, 3)

    def forward(self, tokens):
        h = torch.tanh(self.embed(tokens) + self.pos)
        return self.out(h.mean(1))


def main():
    torch.manual_seed(0)
    model = TinyEncoder()
    opt = torch.optim.SGD(model.parameters(), lr=0.1)
    tokens = torch.randint(0, 20, (12, 5))
    labels = torch.randint(0, 3, (12,))
    for _ in range(4):
        loss = F.cross_entropy(model(tokens), labels)
        opt.zero_grad()
        loss.backward()
        opt.step()


if __name__ == "__main__":
    main()
