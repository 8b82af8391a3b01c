"""A branch is switched off by p=1 in evaluation of an ablation only; in training it is on."""

import torch
import torch.nn as nn


class TwoStreams(nn.Module):
    def __init__(self, ablate=False):
        super().__init__()
        self.image = nn.Linear(6, 8)
        self.audio = nn.Linear(4, 8)
        self.off = nn.Dropout(p=1.0)
        self.ablate = ablate
        self.head = nn.Linear(8, 2)

    def forward(self, image, audio):
        a = self.audio(audio)
        if self.ablate:
            a = self.off(a)
        return self.head(torch.relu(self.image(image) + a))


torch.manual_seed(0)
model = TwoStreams()
ablated = TwoStreams(ablate=True)
opt = torch.optim.SGD(model.parameters(), lr=0.1)
image, audio, y = torch.randn(16, 6), torch.randn(16, 4), torch.randint(0, 2, (16,))
for step in range(4):
    loss = nn.functional.cross_entropy(model(image, audio), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    ablated.load_state_dict(model.state_dict())
    with torch.no_grad():
        without = nn.functional.cross_entropy(ablated(image, audio), y)
    print(step, loss.item(), without.item())
