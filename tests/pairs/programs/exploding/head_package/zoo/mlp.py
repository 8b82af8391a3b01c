from torch import nn


class MLP(nn.Module):
    def __init__(self, sizes, init_gain):
        super().__init__()
        self.fcs = nn.ModuleList(nn.Linear(a, b) for a, b in zip(sizes, sizes[1:]))
        for fc in self.fcs:
            nn.init.xavier_uniform_(fc.weight, gain=init_gain)

    def forward(self, x):
        *hidden, last = self.fcs
        for fc in hidden:
            x = nn.functional.elu(fc(x))  # <- warning exploding: model.fcs.[0-4].*
        return last(x)
