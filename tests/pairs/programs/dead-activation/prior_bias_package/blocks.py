from torch import nn


class ConvBlock(nn.Module):
    """conv, activation; what the whole detector is built of."""

    def __init__(self, n_in, n_out):
        super().__init__()
        self.conv = nn.Conv2d(n_in, n_out, 3, padding=1)
        self.act = nn.ReLU6(inplace=True)

    def forward(self, x):
        return self.act(self.conv(x))  # <- dead-activation: detector.stem.*, detector.tower.*, detector.score.weight


class Detector(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = ConvBlock(3, 8)
        self.tower = nn.Sequential(*[ConvBlock(8, 8) for _ in range(2)])
        self.score = nn.Conv2d(8, 1, 1)

    def forward(self, x):
        return self.score(self.tower(self.stem(x)))
