"""Features are read through a forward hook that keeps detached copies."""
import torch
from torch import nn


class Backbone(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv1d(1, 3, 3, padding=1)
        self.conv2 = nn.Conv1d(3, 3, 3, padding=1)

    def forward(self, x):
        return self.conv2(torch.tanh(self.conv1(x)))


class Segmenter(nn.Module):
    def __init__(self):
        super().__init__()
        self.backbone = Backbone()
        self.head = nn.Conv1d(6, 2, 1)
        self.cache = {}
        for name, child in self.backbone.named_children():
            child.register_forward_hook(self.save(name))

    def save(self, name):
        def hook(module, args, output):
            self.cache[name] = output.detach()  # <- detached: model.backbone.*
            # fix: self.cache[name] = output

        return hook

    def forward(self, x):
        self.backbone(x)
        return self.head(torch.cat([self.cache["conv1"], self.cache["conv2"]], dim=1))


torch.manual_seed(0)
model = Segmenter()
opt = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
x, y = torch.randn(4, 1, 7), torch.randint(0, 2, (4, 7))
for _ in range(5):
    opt.zero_grad()
    nn.functional.cross_entropy(model(x), y).backward()
    opt.step()
