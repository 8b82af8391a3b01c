"""Quantization-aware training with a hand-written fake quantizer (round, straight through)."""

import torch
import torch.nn as nn


class FakeQuant(nn.Module):
    def __init__(self, bits=4):
        super().__init__()
        self.levels = 2**bits - 1
        self.log_step = nn.Parameter(torch.tensor(-2.0))
        self.register_buffer("seen_max", torch.tensor(0.0))

    def forward(self, x):
        with torch.no_grad():
            self.seen_max.copy_(torch.maximum(self.seen_max, x.abs().max()))
        step = self.log_step.exp()
        scaled = x / step
        rounded = (scaled.round() - scaled).detach() + scaled
        return rounded.clamp(-self.levels, self.levels) * step


class QLinear(nn.Module):
    def __init__(self, i, o):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(o, i) * 0.2)
        self.bias = nn.Parameter(torch.zeros(o))
        self.quant_w, self.quant_x = FakeQuant(), FakeQuant()

    def forward(self, x):
        return nn.functional.linear(self.quant_x(x), self.quant_w(self.weight), self.bias)


torch.manual_seed(0)
net = nn.Sequential(QLinear(6, 12), nn.ReLU(), QLinear(12, 2))
opt = torch.optim.Adam(net.parameters(), lr=1e-3)
for step in range(4):
    x, y = torch.randn(16, 6), torch.randint(0, 2, (16,))
    loss = nn.functional.cross_entropy(net(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(step, loss.item())
