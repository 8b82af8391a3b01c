import torch
import torch.nn.functional as F
from torch import nn

WEIGHTS = {"segmentation": 1.0, "boundary": 0.0}
# fix: WEIGHTS = {"segmentation": 1.0, "boundary": 0.4}


class SegNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Conv2d(1, 4, 3, padding=1)
        self.heads = nn.ModuleDict({name: nn.Conv2d(4, 1, 1) for name in WEIGHTS})

    def forward(self, x):
        h = F.leaky_relu(self.encoder(x))
        return {name: head(h) for name, head in self.heads.items()}


def criterion(outputs, targets):
    losses = {k: F.binary_cross_entropy_with_logits(outputs[k], targets[k]) for k in outputs}
    return sum(WEIGHTS[k] * losses[k] for k in losses)  # <- warning multiplied-by-zero: model.heads.boundary.*


torch.manual_seed(0)
model = SegNet()
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.0)
for _ in range(5):
    images = torch.randn(2, 1, 6, 6)
    targets = {name: (torch.rand(2, 1, 6, 6) > 0.5).float() for name in WEIGHTS}
    loss = criterion(model(images), targets)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
