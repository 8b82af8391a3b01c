import torch
from torch import nn


class Residual(nn.Module):
    def __init__(self, n_in, n_out):
        super().__init__()
        self.n_out = n_out
        self.body = nn.Linear(n_in, n_out)
        # fix+ self.shortcut = nn.Linear(n_in, n_out, bias=False)

    def match(self, x):
        """Bring the shortcut to the width of the body."""
        if x.shape[-1] != self.n_out:
            self.shortcut = nn.Linear(x.shape[-1], self.n_out, bias=False)  # <- created-in-forward: net.1.shortcut.weight
            # fix: pass
            x = self.shortcut(x)
        return x

    def forward(self, x):
        return torch.tanh(self.body(x)) + self.match(x)
